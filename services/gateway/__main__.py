"""`python -m services.gateway`."""

from __future__ import annotations

from services.gateway.serve import main

raise SystemExit(main())
