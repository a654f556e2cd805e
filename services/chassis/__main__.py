"""``python -m services.chassis`` is ``trivsel``."""

from services.chassis.cli import main

main()
