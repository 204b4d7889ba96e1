"""A checkpoint that several ranks write and any number of ranks reads.

Each rank writes the piece of every tensor that it holds; an index says where in the whole tensor each piece
lies. A reader works out which pieces overlap with what it needs, so it may be cut in another way. That is what
[`torch.distributed.checkpoint`](https://docs.pytorch.org/docs/stable/distributed.checkpoint.html) does, in a few lines.
Pieces lie in safetensors files, so a part of one can be read.
"""

# --8<-- [start:imports]
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, distributed
from torch.distributed.tensor import DTensor, Shard

# --8<-- [end:imports]

__all__ = ["Piece", "load_pieces", "local_piece", "overlap", "save_pieces"]

INDEX_NAME = "pieces.json"
T = TypeVar("T")


class Piece(NamedTuple):
    """A block of a tensor: where it begins in the whole, and how large it is.

    Attributes:
        offset: the first index along each dimension.
        shape: the size along each dimension.

    Examples:
        >>> Piece(offset=(3, 0), shape=(2, 4)).offset
        (3, 0)
    """

    offset: tuple[int, ...]
    shape: tuple[int, ...]


# --8<-- [start:overlap]
def overlap(a: "Piece", b: "Piece") -> "tuple[tuple[slice, ...], tuple[slice, ...]] | None":
    """Return what two blocks of one tensor share: as slices of the first, and as slices of the second.

    Args:
        a: a block.
        b: another one of the same tensor.

    Returns:
        The slices, or `None` if they share nothing.

    Examples:
        >>> overlap(Piece((2,), (2,)), Piece((3,), (4,)))
        ((slice(1, 2, None),), (slice(0, 1, None),))
        >>> overlap(Piece((0,), (2,)), Piece((3,), (4,))) is None
        True
    """
    in_a, in_b = [], []
    for a_start, a_size, b_start, b_size in zip(a.offset, a.shape, b.offset, b.shape, strict=True):
        start, end = max(a_start, b_start), min(a_start + a_size, b_start + b_size)
        if start >= end:
            return None
        in_a.append(slice(start - a_start, end - a_start))
        in_b.append(slice(start - b_start, end - b_start))
    return tuple(in_a), tuple(in_b)


# --8<-- [end:overlap]


def local_piece(value: Tensor) -> tuple[Piece, Tensor]:
    """Return which block of a tensor lies on this rank, and its values.

    Args:
        value: a `DTensor` on a mesh of one dimension, or a plain tensor, of which all lies here.

    Returns:
        The block, and a tensor that shares the memory of `value`.

    Raises:
        ValueError: the mesh has several dimensions, or the values are partial sums.

    Examples:
        >>> import torch
        >>> local_piece(torch.zeros(2, 3))[0]
        Piece(offset=(0, 0), shape=(2, 3))
    """
    shape = tuple(value.shape)
    offset = [0] * len(shape)
    if not isinstance(value, DTensor):
        return Piece(tuple(offset), shape), value.detach()
    mesh, (place, *more) = value.device_mesh, value.placements
    if more or place.is_partial():
        raise ValueError(
            f"expected a DTensor on a mesh of one dimension, sharded or replicated, got {value.placements}"
        )
    local: Tensor = value.to_local().detach()
    if isinstance(place, Shard):
        # As torch.chunk deals: pieces of ceil(size / ranks), the last ones smaller or empty.
        size = shape[place.dim]
        offset[place.dim] = min(size, mesh.get_local_rank() * math.ceil(size / mesh.size()))
    return Piece(tuple(offset), tuple(local.shape)), local


def save_pieces(state: Mapping[str, Any], folder: str | Path) -> None:
    """Write a state dict, each rank its own pieces. To be called on every rank.

    What is whole on all ranks, a plain tensor or a replicated one, is written by rank 0. The index is written last,
    when all files are there, so a save that was cut off is no checkpoint.

    Args:
        state: tensors by key, the same keys on every rank.
        folder: where to write, seen by all ranks; made if it is not there.

    Raises:
        ValueError: on every rank, if the folder holds a checkpoint, the keys differ between the ranks, a value is no
            tensor, or a rank could not write.

    Examples:
        >>> import tempfile
        >>> import torch
        >>> from reference_impl.distributed import run_ranks
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = run_ranks(lambda rank: save_pieces({"a": torch.ones(4)}, folder), 2, start_method="fork")
        ...     sorted(path.name for path in Path(folder).iterdir())
        ['pieces.json', 'rank-0-of-2.safetensors']
    """
    folder, rank = Path(folder), distributed.get_rank()
    name = _file_name(rank, distributed.get_world_size())

    def write() -> tuple[list[str], dict[str, Piece]]:
        _check_state(state, folder)
        pieces = {key: local_piece(value) for key, value in state.items()}
        mine = {
            key: part
            for key, part in pieces.items()
            if rank == 0 or 0 < part[1].numel() < state[key].numel()
        }
        folder.mkdir(parents=True, exist_ok=True)
        if mine:
            save_file({key: local.contiguous() for key, (_, local) in mine.items()}, folder / name)
        return sorted(state), {key: piece for key, (piece, _) in mine.items()}

    written = _on_every_rank(write)
    keys = written[0][0]
    _on_every_rank(lambda: _check_keys(keys, sorted(state)))
    _on_every_rank(lambda: _write_index(state, written, folder) if rank == 0 else None)


def _write_index(
    state: Mapping[str, Tensor], written: list[tuple[list[str], dict[str, Piece]]], folder: Path
) -> None:
    index = {
        key: {
            "shape": list(value.shape),
            "pieces": [
                {"file": _file_name(rank, len(written)), **found[key]._asdict()}
                for rank, (_, found) in enumerate(written)
                if key in found
            ],
        }
        for key, value in state.items()
    }
    unfinished = folder / f"{INDEX_NAME}.partial"
    unfinished.write_text(json.dumps(index), encoding="utf-8")
    unfinished.replace(folder / INDEX_NAME)


def _file_name(rank: int, world_size: int) -> str:
    return f"rank-{rank}-of-{world_size}.safetensors"


def _check_state(state: Mapping[str, Any], folder: Path) -> None:
    if (folder / INDEX_NAME).exists():
        raise ValueError(f"expected a folder without {INDEX_NAME}, got {folder}")
    for key, value in state.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"expected a tensor under {key!r}, got {type(value).__name__}")


def _check_keys(expected: list[str], got: list[str]) -> None:
    if different := sorted(set(expected) ^ set(got)):
        raise ValueError(f"expected the same keys on every rank, got {different} on some only")


# --8<-- [start:load]
def load_pieces(targets: Mapping[str, Tensor], folder: str | Path) -> list[str]:
    """Fill tensors with what a folder holds for their keys. To be called on every rank.

    The targets may be cut in another way than the pieces, or not at all, and there may be fewer of them than the
    folder holds. Values are cast to the dtype of the target.

    Args:
        targets: where to copy, by key.
        folder: what `save_pieces` wrote.

    Returns:
        The files that this rank opened.

    Raises:
        ValueError: on every rank, if on any of them a key or a file is missing, or a shape differs. Nothing is
            copied then.

    Examples:
        >>> import tempfile
        >>> import torch
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank, folder):
        ...     save_pieces({"a": torch.arange(3)}, folder)
        ...     target = torch.zeros(3)
        ...     return load_pieces({"a": target}, folder), target
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run_ranks(work, 1, folder, start_method="fork")
        [(['rank-0-of-1.safetensors'], tensor([0., 1., 2.]))]
    """
    folder = Path(folder)
    plan = _on_every_rank(lambda: _plan(targets, folder))[distributed.get_rank()]
    values = _on_every_rank(lambda: _read(plan, folder), gather=False)
    for (key, here, *_), value in zip(plan, values, strict=True):
        local_piece(targets[key])[1][here].copy_(value)
    return list(dict.fromkeys(file for *_, file in plan))


def _plan(
    targets: Mapping[str, Tensor], folder: Path
) -> list[tuple[str, tuple[slice, ...], tuple[slice, ...], str]]:
    """Work out what to read: a key, the slices to fill, the slices of a piece, and its file."""
    index = _read_index(folder)
    plan = []
    for key, target in targets.items():
        if key not in index:
            raise ValueError(f"expected {key!r} among the keys, got {sorted(index)}")
        if tuple(index[key]["shape"]) != tuple(target.shape):
            raise ValueError(
                f"{key}: expected shape {tuple(target.shape)}, {folder.name} holds {tuple(index[key]['shape'])}"
            )
        wanted, _ = local_piece(target)
        for stored in index[key]["pieces"]:
            piece = Piece(tuple(stored["offset"]), tuple(stored["shape"]))
            if shared := overlap(wanted, piece):
                plan.append((key, *shared, stored["file"]))
    return plan


# --8<-- [end:load]


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        index: dict[str, Any] = json.loads((folder / INDEX_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(
            f"no {INDEX_NAME} in {folder}: no checkpoint, or a save cut short"
        ) from None
    for entry in index.values():
        for piece in entry["pieces"]:
            if Path(piece["file"]).name != piece["file"]:
                raise ValueError(
                    f"{INDEX_NAME} names {piece['file']!r}: expected a file in the same folder"
                )
    return index


def _read(
    plan: list[tuple[str, tuple[slice, ...], tuple[slice, ...], str]], folder: Path
) -> list[Tensor]:
    values = []
    for key, _, there, file in plan:
        if not (folder / file).is_file():
            raise ValueError(f"{file} is missing from {folder}: it holds a piece of {key!r}")
        try:
            with safe_open(folder / file, framework="pt") as pieces:
                # A scalar has no dimensions to slice.
                values.append(pieces.get_slice(key)[there] if there else pieces.get_tensor(key))
        except SafetensorError as error:
            raise ValueError(f"{file} is damaged: {error}") from error
    return values


# --8<-- [start:on_every_rank]
def _on_every_rank(work: "Callable[[], T]", gather: bool = True) -> "Any":  # noqa: ANN401  # T, or a list of T
    """Do work on each rank, and fail on all of them if it fails on one: then none waits for another."""
    result: T | None = None
    problem = None
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  # whatever it is, all ranks raise it
        problem = f"rank {distributed.get_rank()}: {error}"
    ends: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(ends, (problem, result if gather else None))
    problems = list(dict.fromkeys(problem for problem, _ in ends if problem))
    if problems:
        raise ValueError("; ".join(problems))
    return [found for _, found in ends] if gather else result


# --8<-- [end:on_every_rank]
