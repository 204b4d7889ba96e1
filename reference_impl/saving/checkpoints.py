"""Checkpoints that a kill, a full disk or a damaged file cannot take away.

A checkpoint is one file. It is written beside its final name, pushed to the disk and renamed: under its name
there is the whole file or none. A checksum at its end says whether it is still what was written.
"""

# --8<-- [start:imports]
import hashlib
import os
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

# --8<-- [end:imports]
import torch
from torch.serialization import get_unsafe_globals_in_checkpoint

MAGIC = b"CLCKPT01"
# magic, length of the payload, SHA-256 of the payload
TRAILER = len(MAGIC) + 8 + hashlib.sha256().digest_size


class CheckpointError(ValueError):
    """A file is no checkpoint, or no longer the one that was written.

    Examples:
        >>> issubclass(CheckpointError, ValueError)
        True
    """


class Checkpoint(NamedTuple):
    """A checkpoint that was read.

    Attributes:
        step: the step after which it was written.
        path: its file.
        state: what was saved.

    Examples:
        >>> Checkpoint(step=3, path=Path("step-3.pt"), state={}).step
        3
    """

    step: int
    path: Path
    state: dict[str, Any]


class _Hashed:
    """A binary file that hashes what is written to it, and remembers why a write failed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.length = 0
        self.error: BaseException | None = None

    def write(self, data: bytes | memoryview) -> int:
        try:
            written = self._file.write(data)
        except BaseException as error:
            self.error = error  # `torch.save` would hide it behind a RuntimeError about positions
            raise
        self.digest.update(data)
        self.length += written
        return written

    def flush(self) -> None:
        self._file.flush()


# --8<-- [start:replace_file]
def sync_folder(folder: Path) -> None:
    """Push the names in a folder to the disk: until then a rename can be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file, so that `path` is the old or the new one, whole, at every moment.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "greeting"
    >>> replace_file(path, lambda file: file.write(b"hello"))
    >>> path.read_text()
    'hello'
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())  # the content first: else the name could outlive it
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


# --8<-- [end:replace_file]


def save_checkpoint(path: str | Path, state: Mapping[str, Any]) -> None:
    """Write a state so that `path` holds the old file or the new one, whole, at every moment.

    Args:
        path: where to; a file of that name is replaced. Its folder must exist.
        state: what `torch.load(weights_only=True)` can read back: tensors, numbers, strings, and dicts, lists and
            tuples of these.

    Raises:
        TypeError: the state holds a type that the loader would refuse.
        OSError: the disk is full or refuses. The file of that name is as it was, the unfinished one is removed.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> save_checkpoint(folder / "a.pt", {"weight": torch.ones(2)})
        >>> load_checkpoint(folder / "a.pt")
        {'weight': tensor([1., 1.])}
        >>> torch.load(folder / "a.pt")  # it is a file of torch.save, with 48 bytes behind it
        {'weight': tensor([1., 1.])}
    """
    path = Path(path)
    try:
        replace_file(path, lambda file: _write(state, file, path.name))
    except OSError as error:
        reason = f"the checkpoint was not written ({error.strerror})"
        raise OSError(error.errno, reason, str(path)) from error


def _write(state: Mapping[str, Any], file: BinaryIO, name: str) -> None:
    hashed = _Hashed(file)
    try:
        torch.save(dict(state), cast(IO[bytes], hashed))  # it only writes and flushes
    except RuntimeError:
        if hashed.error is not None:
            raise hashed.error from None
        raise
    file.flush()
    file.seek(0)
    if refused := get_unsafe_globals_in_checkpoint(file):  # better known now than at the resume
        raise TypeError(f"{name} could not be loaded again: expected plain data, got {refused}")
    file.seek(0, os.SEEK_END)
    file.write(MAGIC + hashed.length.to_bytes(8, "little") + hashed.digest.digest())


# --8<-- [start:verify]
def verify_checkpoint(path: str | Path) -> None:
    """Check that a file is a whole checkpoint, without unpickling any of it.

    Args:
        path: a file that `save_checkpoint` wrote.

    Raises:
        CheckpointError: it is foreign, cut short or changed.
        FileNotFoundError: there is none.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a.pt"
        >>> save_checkpoint(file, {"weight": torch.ones(2)})
        >>> verify_checkpoint(file)
        >>> with file.open("r+b") as f:
        ...     _ = f.seek(100), f.write(b"?")
        >>> verify_checkpoint(file)
        Traceback (most recent call last):
            ...
        reference_impl.saving.checkpoints.CheckpointError: a.pt is damaged: its checksum does not match its content
    """
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - TRAILER))
        trailer = file.read()
        if not trailer.startswith(MAGIC) or len(trailer) != TRAILER:
            raise CheckpointError(
                f"{path.name} is cut short or no checkpoint: expected {MAGIC!r} at {TRAILER} bytes before its end, "
                f"got {trailer[: len(MAGIC)]!r}"
            )
        length = int.from_bytes(trailer[len(MAGIC) : len(MAGIC) + 8], "little")
        if length != size - TRAILER:
            raise CheckpointError(
                f"{path.name} is damaged: expected {length} bytes of content, got {size - TRAILER}"
            )
        file.seek(0)
        digest = hashlib.sha256()
        while length and (block := file.read(min(length, 1 << 20))):
            digest.update(block)
            length -= len(block)
    if digest.digest() != trailer[-digest.digest_size :]:
        raise CheckpointError(f"{path.name} is damaged: its checksum does not match its content")


# --8<-- [end:verify]


def load_checkpoint(path: str | Path, map_location: str | torch.device = "cpu") -> dict[str, Any]:
    """Read what `save_checkpoint` wrote, after its checksum was found right.

    Only the types that `torch.load(weights_only=True)` allows are unpickled.

    Args:
        path: the file.
        map_location: where the tensors go, as in `torch.load`.

    Returns:
        The state.

    Raises:
        CheckpointError: the file is foreign, cut short or changed, or holds a type that is not allowed.
        FileNotFoundError: there is no such file.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "foreign.pt"
        >>> _ = file.write_bytes(b"hello")
        >>> load_checkpoint(file)
        Traceback (most recent call last):
            ...
        reference_impl.saving.checkpoints.CheckpointError: foreign.pt is cut short or no checkpoint: expected b'CLCKPT01' at 48 bytes before its end, got b'hello'
    """
    path = Path(path)
    verify_checkpoint(path)
    try:
        refused = get_unsafe_globals_in_checkpoint(path)
        state = None if refused else torch.load(path, map_location=map_location, weights_only=True)
    except OSError:
        raise
    except Exception as error:  # whatever the unpickler meets, the file is what is wrong
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"{path.name} can't be loaded: {first}") from error
    if refused:
        raise CheckpointError(f"{path.name} is not loaded: expected plain data, got {refused}")
    if not isinstance(state, dict):
        raise CheckpointError(
            f"{path.name} can't be loaded: expected a dict, got {type(state).__name__}"
        )
    return state


class CheckpointFolder:
    """The last few checkpoints of one run, named by step.

    Only one process may write to a folder at a time; the training program takes a lock for that.

    Args:
        folder: where they lie; made if it is missing.
        keep: how many of the newest stay. At least 1; with 2 or more a damaged one has a predecessor.

    Raises:
        ValueError: `keep` is less than 1.
        NotADirectoryError: `folder` is something else.

    Examples:
        >>> import tempfile
        >>> checkpoints = CheckpointFolder(tempfile.mkdtemp(), keep=2)
        >>> for step in (10, 20, 30):
        ...     _ = checkpoints.save(step, {"step": step})
        >>> checkpoints.steps()
        [20, 30]
        >>> checkpoints.load_latest().state
        {'step': 30}
    """

    def __init__(self, folder: str | Path, keep: int = 3) -> None:
        if keep < 1:
            raise ValueError(f"keep must be at least 1, got {keep}")
        self.folder = Path(folder)
        self.keep = keep
        if self.folder.exists() and not self.folder.is_dir():
            raise NotADirectoryError(f"expected a folder for checkpoints, got the file {folder}")
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, step: int) -> Path:
        """Return the file of a step, there or not."""
        return self.folder / f"step-{step:09d}.pt"

    def steps(self) -> list[int]:
        """Return the steps that have a file, oldest first. A file that was not finished is none."""
        matches = (re.fullmatch(r"step-([0-9]{9,})\.pt", p.name) for p in self.folder.iterdir())
        steps = (int(match[1]) for match in matches if match)
        return sorted(step for step in steps if self.path(step).is_file())

    # --8<-- [start:save]
    def save(self, step: int, state: Mapping[str, Any]) -> Path:
        """Write the checkpoint of a step, then remove the oldest beyond `keep`.

        Args:
            step: the step after which the state was taken.
            state: what to save; see `save_checkpoint`.

        Returns:
            Its file.

        Raises:
            OSError: it could not be written; the older ones are all still there.
        """
        for leftover in self.folder.glob("step-*.unfinished"):
            leftover.unlink()  # of a process that was killed while it wrote
        path = self.path(step)
        save_checkpoint(path, state)
        older = [
            old for old in self.steps() if old <= step
        ]  # a later one is not of this run's past
        for old in older[: -self.keep]:  # only now: the new one is safe on the disk
            self.path(old).unlink()
        return path

    # --8<-- [end:save]

    # --8<-- [start:load_latest]
    def load_latest(self, map_location: str | torch.device = "cpu") -> Checkpoint | None:
        """Read the newest checkpoint that is whole.

        A damaged one is passed over with a `UserWarning` that names it, what is wrong, and the one used instead.

        Args:
            map_location: where the tensors go, as in `torch.load`.

        Returns:
            The checkpoint, or `None` if the folder has none.

        Raises:
            CheckpointError: there are files, and every one of them is damaged.
        """
        damaged = []
        for step in reversed(self.steps()):
            path = self.path(step)
            try:
                state = load_checkpoint(path, map_location)
            except CheckpointError as error:
                damaged.append(str(error))
                continue
            if damaged:
                warnings.warn(f"{'; '.join(damaged)}. Using {path.name}", stacklevel=2)
            return Checkpoint(step, path, state)
        if damaged:
            raise CheckpointError(f"no checkpoint of {self.folder} is whole: {'; '.join(damaged)}")
        return None

    # --8<-- [end:load_latest]
