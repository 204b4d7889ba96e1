"""The metrics file of a run: a row for each logged step, exact to the last bit, and no row twice."""

import csv
import io
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

from reference_impl.train.config import RunError

Value = int | float | str | None


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


class MetricsFile:
    """Rows appended to a file, which can be cut back to where a checkpoint was taken.

    A number is written so that reading it gives the same float; one that is not finite is `null` in JSON, which has no
    name for it, and `inf` or `nan` in CSV. No row holds a time: two runs of the same
    settings write the same bytes.

    Args:
        path: the file.
        form: `jsonl` for an object a line, `csv` for a table with a header.
        columns: the names a row may have, in order.
        length: how many bytes of the file to keep; what a killed run wrote after its checkpoint is cut off.

    Raises:
        RunError: the file is shorter than `length`.
        OSError: it can't be opened or written.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "metrics.csv"
        >>> with MetricsFile(path, "csv", ["step", "loss"], length=0) as metrics:
        ...     metrics.write({"step": 1, "loss": 0.5})
        ...     kept = metrics.sync()
        ...     metrics.write({"step": 2, "loss": 0.25})
        >>> with MetricsFile(path, "csv", ["step", "loss"], length=kept) as metrics:
        ...     metrics.write({"step": 2, "loss": 0.125})
        >>> print(path.read_text(), end="")
        step,loss
        1,0.5
        2,0.125
    """

    def __init__(
        self, path: str | Path, form: Literal["jsonl", "csv"], columns: list[str], length: int
    ) -> None:
        self.path = Path(path)
        self.form = form
        self.columns = columns
        present = self.path.stat().st_size if self.path.exists() else 0
        if present < length:
            raise RunError(
                f"{self.path} was changed: expected at least the {length} bytes it had at the checkpoint, got {present}"
            )
        self._file: BinaryIO = self.path.open("r+b" if self.path.exists() else "w+b")
        self._file.truncate(length)
        self._file.seek(length)
        if form == "csv" and length == 0:
            self._append(columns)

    def _append(self, cells: list[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode())

    def write(self, row: Mapping[str, Value]) -> None:
        """Append a row.

        Args:
            row: a value for some or all columns; `None` and absent are an empty cell.

        Raises:
            ValueError: it names a column that the file does not have.
            OSError: the disk is full or refuses.
        """
        if unknown := [name for name in row if name not in self.columns]:
            raise ValueError(f"expected columns among {self.columns}, got {unknown}")
        if self.form == "jsonl":
            present = {
                name: _finite(row[name]) for name in self.columns if row.get(name) is not None
            }
            self._file.write(json.dumps(present, allow_nan=False).encode() + b"\n")
        else:
            cells = (row.get(name) for name in self.columns)
            self._append(["" if v is None else v if isinstance(v, str) else repr(v) for v in cells])
        self._file.flush()  # so that `tail -f` shows it

    def sync(self) -> int:
        """Push the rows to the disk.

        Returns:
            The length of the file in bytes: what a checkpoint remembers.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "MetricsFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
