"""Every test but the slow ones, in two sessions side by side: ``python -m tests``.

One session after the other leaves a core idle while a server starts or a browser waits. Within a session
tests run one by one: greenlets and a runner's own threads do not go together. The first session is seen as
it runs, the second when both have ended.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

FIRST = ("tests/unit", "tests/contract", "tests/e2e")
SECOND = ("tests/integration", "tests/faults")


def session(*arguments: str) -> list[str]:
    """The command of one session."""
    return [sys.executable, "-m", "pytest", "-m", "not slow", "-q", *arguments]


def main(arguments: list[str]) -> int:
    """Runs what is asked for, or all; returns the exit code."""
    if arguments:
        return subprocess.run(session(*arguments)).returncode
    with tempfile.TemporaryFile() as said:
        second = subprocess.Popen(session(*SECOND), stdout=said, stderr=subprocess.STDOUT)
        try:
            first = subprocess.run(session(*FIRST)).returncode
            other = second.wait()
        except BaseException:
            second.terminate()
            second.wait()
            raise
        said.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(said.read())
    return first or other


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
