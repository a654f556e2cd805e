#!/usr/bin/env python3
"""Asks the process in this container how it is: `healthy livez` or `healthy readyz`; exit code 0 is well.

A container's health check must need nothing that a slim image lacks, so this is Python's standard library.
"""

import os
import sys
import urllib.error
import urllib.request

path = sys.argv[1] if len(sys.argv) > 1 else "livez"
url = f"http://127.0.0.1:{os.environ.get('HEALTH_PORT', '8081')}/{path}"
try:
    with urllib.request.urlopen(url, timeout=4) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except (urllib.error.URLError, OSError) as error:
    sys.exit(f"{url}: {error}")
