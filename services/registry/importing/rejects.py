"""The rejects file: where each bad row is and how to mend it, and nothing of what stood in it."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import TracebackType

from services.registry.importing.problems import ROW_MENDS
from services.registry.importing.rows import Reject

HEADER = ("fil", "linje", "felt", "fejlkode", "saadan_rettes_det")


class RejectsFile:
    """Written beside its place and moved there when the import is over; readable by its owner alone.

    With semicolons and BOM, as Danish Excel opens it. Nothing is left when no row was rejected: a
    file of an earlier import is then removed, lest it be taken for this one's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._beside = path.with_name(f".{path.name}.{os.getpid()}")

    def __enter__(self) -> RejectsFile:
        descriptor = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._stream, delimiter=";", lineterminator="\r\n")
        self._writer.writerow(HEADER)
        return self

    def add(self, reject: Reject) -> None:
        self.count += 1
        self._writer.writerow((reject.file, reject.line, reject.field, reject.code, ROW_MENDS[reject.code]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if self.count:
            os.replace(self._beside, self.path)
        else:
            self._beside.unlink(missing_ok=True)
            if kind is None:
                self.path.unlink(missing_ok=True)
