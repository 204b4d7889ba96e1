"""What comes from outside during a run: a signal to stop, a second process in the same folder."""

import errno
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


# --8<-- [start:stop_signal]
class StopSignal:
    """Remembers that SIGTERM or SIGINT came, so that the loop can stop between two steps.

    A scheduler sends SIGTERM some seconds before SIGKILL. A handler must not save by itself: it may run in the middle
    of a step, with half of the weights updated. A second signal of the same kind has its usual effect.

    Attributes:
        number: of the first signal that came, or `None`.

    Examples:
        >>> import os
        >>> with StopSignal() as stop:
        ...     os.kill(os.getpid(), signal.SIGTERM)
        ...     print(stop.number == signal.SIGTERM)
        True
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, object] = {}

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        signal.signal(
            number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler
        )

    def __enter__(self) -> "StopSignal":
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._arrived)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal returned


# --8<-- [end:stop_signal]


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system gives it back when the process ends, however it ends.

    It is a lock of the process, not of the open file: `flock` would live on in forked workers that load data, and
    keep the run from going on while an orphan of a killed run is still there. As POSIX has it, this process must not
    open and close the file `lock` itself, for instance by copying the folder: that would release the lock.

    Args:
        folder: the folder of a run.

    Raises:
        BlockingIOError: another process holds it.

    Examples:
        >>> import tempfile
        >>> with only_one(Path(tempfile.mkdtemp())):
        ...     print("alone")
        alone
    """
    with (folder / "lock").open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            raise BlockingIOError(
                errno.EAGAIN, "another process is training in this folder", str(folder)
            ) from None
        yield


def leave_signals_to_the_parent(worker: int) -> None:
    """Let a process that loads data ignore SIGTERM and Ctrl-C: its parent ends it, after it has saved.

    A terminal sends Ctrl-C, and many schedulers SIGTERM, to all processes of a run at once. A worker that dies of it
    fails the step at hand.

    Args:
        worker: its number; a `worker_init_fn` is given it.

    Examples:
        >>> callable(leave_signals_to_the_parent)
        True
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
