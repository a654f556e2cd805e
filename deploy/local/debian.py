"""What must be there from Debian, and how to get it when it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.processes import LocalError

# A package's servers must not start by themselves on installing: we run private ones.
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


def as_root() -> list[str] | None:
    """The prefix with which a command runs as root without asking anything; None when we may not."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n", "env", *(f"{key}={value}" for key, value in QUIET.items())]
    return None


def install(*packages: str) -> None:
    """Install Debian packages, or raise an error that says exactly which command the reader must run."""
    advice = f"Run this as root, then try again:  apt-get update && apt-get install {' '.join(packages)}"
    prefix = as_root()
    if shutil.which("apt-get") is None or prefix is None:
        raise LocalError(f"{', '.join(packages)} is needed and is not installed. {advice}")
    print(f"Installing {', '.join(packages)} from Debian ...", file=sys.stderr, flush=True)
    env = {**os.environ, **QUIET}
    command = [*prefix, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
    command += ["-o", "DPkg::Lock::Timeout=300", *packages]
    if subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode == 0:
        return
    # Fresh machines know no packages until the lists are fetched.
    subprocess.run(
        [*prefix, "apt-get", "update", "--quiet"], env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    if subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
        raise LocalError(f"{', '.join(packages)} could not be installed. {advice}")


CHROMIUM = Path("/usr/bin/chromium")
"""Debian's browser, for tests and pictures of pages."""


def need(program: Path | None, *packages: str) -> None:
    """Install ``packages`` unless ``program`` is there."""
    if program is None or not program.exists():
        install(*packages)


def postgresql_programs() -> Path | None:
    """Where the newest installed PostgreSQL keeps its server programs; Debian keeps them off the PATH."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)
