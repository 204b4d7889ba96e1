"""A checkpoint in several files: shards by a budget of bytes, and an index from key to file.

The layout is the one of the Hugging Face hub: safetensors files named
`model-00001-of-00003.safetensors`, and beside them `model.safetensors.index.json`, whose
`weight_map` names the file of every key and whose `metadata.total_size` counts the bytes of all
tensors. See [*Serialization*](https://huggingface.co/docs/huggingface_hub/package_reference/serialization)
in the documentation of huggingface_hub. Each reads what the other writes.
"""

# --8<-- [start:imports]
import difflib
import json

# --8<-- [end:imports]
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

__all__ = ["ShardedCheckpoint", "save_sharded", "split_by_bytes"]

INDEX_NAME = "model.safetensors.index.json"


# --8<-- [start:split_by_bytes]
def split_by_bytes(sizes: dict[str, int], max_bytes: int) -> list[list[str]]:
    """Deal keys to shards in their order: a shard is closed when the next key would not fit.

    A key larger than the budget gets a shard of its own. That is the rule of huggingface_hub's
    `split_torch_state_dict_into_shards`.

    Args:
        sizes: the bytes of each key.
        max_bytes: the budget of a shard.

    Returns:
        The keys of each shard.

    Raises:
        ValueError: the budget or a size is not a number of bytes.

    Examples:
        >>> split_by_bytes({"a": 6, "b": 6, "c": 2, "d": 30}, max_bytes=10)
        [['a'], ['d'], ['b', 'c']]
    """
    if max_bytes < 1 or min(sizes.values(), default=0) < 0:
        raise ValueError(f"expected sizes >= 0 and a budget >= 1, got {sizes} and {max_bytes}")
    shards: list[list[str]] = []
    current: list[str] = []
    filled = 0
    for key, size in sizes.items():
        if size > max_bytes:
            shards.append([key])
            continue
        if filled + size > max_bytes:
            shards.append(current)
            current, filled = [], 0
        current.append(key)
        filled += size
    return [*shards, current] if current else shards


# --8<-- [end:split_by_bytes]


def _place(tensor: Tensor) -> tuple[object, ...]:
    """What two keys have in common when they are one tensor under two names."""
    if tensor.numel() == 0:
        return (id(tensor),)
    where = tensor.device, tensor.data_ptr()
    lazy = tensor.is_conj(), tensor.is_neg()
    return *where, *lazy, tuple(tensor.shape), tensor.stride(), tensor.dtype


def _without_aliases(
    state_dict: Mapping[Any, Any],
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Keep the first name of each tensor; the later names, and what they stand for."""
    kept: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    first: dict[tuple[object, ...], str] = {}
    for key, tensor in state_dict.items():
        if not isinstance(key, str):
            raise TypeError(f"expected keys that are strings, got {type(key).__name__} {key!r}")
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"expected a tensor under {key!r}, got {type(tensor).__name__}: safetensors holds "
                "tensors only"
            )
        if tensor.is_meta or tensor.layout != torch.strided:
            raise ValueError(
                f"expected a dense tensor with data under {key!r}, got layout {tensor.layout} on "
                f"device {tensor.device}"
            )
        owner = first.setdefault(_place(tensor), key)
        if owner == key:
            kept[key] = tensor
        else:
            aliases[key] = owner
    return kept, aliases


def _plain(tensor: Tensor) -> Tensor:
    values = tensor.detach().resolve_conj().resolve_neg()
    return values.clone(memory_format=torch.contiguous_format)


def save_sharded(state_dict: Mapping[str, Any], folder: str | Path, max_bytes: int) -> Path:
    """Save a state dict in shards of at most `max_bytes`, with an index.

    The index is written last, under another name first: without an index the folder holds no
    checkpoint, so a save that was cut off can't be mistaken for one. A tensor that stands under
    several names (tied weights) is written once; the other names go into the index's metadata, and
    come back as the same tensor.

    Args:
        state_dict: the tensors by key.
        folder: where to write; made if it is not there.
        max_bytes: the budget of one file, counted in bytes of tensors.

    Returns:
        The path of the index.

    Raises:
        FileExistsError: the folder holds an index already.
        TypeError: a key is no string, or a value no tensor.
        ValueError: a tensor has no data or is sparse, the state dict is empty, or the budget is
            less than a byte.

    Examples:
        >>> import tempfile, torch
        >>> from reference_impl.saving.sharding import ShardedCheckpoint, save_sharded
        >>> state = {"a": torch.ones(4), "b": torch.zeros(4), "c": torch.ones(2)}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(save_sharded(state, folder, max_bytes=24).name)
        ...     checkpoint = ShardedCheckpoint(folder)
        ...     print(checkpoint.load(["c"]), checkpoint.opened)
        model.safetensors.index.json
        {'c': tensor([1., 1.])} ['model-00002-of-00002.safetensors']
    """
    folder = Path(folder)
    index = folder / INDEX_NAME
    if index.exists():
        raise FileExistsError(f"expected a folder without {INDEX_NAME}, got {folder}")
    kept, aliases = _without_aliases(state_dict)
    if not kept:
        raise ValueError("expected a state dict with at least one tensor, got an empty one")
    if "total_size" in aliases:
        raise ValueError("expected no second name 'total_size': the index keeps its own under it")
    shards = split_by_bytes({key: tensor.nbytes for key, tensor in kept.items()}, max_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    weight_map: dict[str, str] = {}
    for number, keys in enumerate(shards, start=1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        # A copy for each key: two views of one storage are refused by safetensors.
        part = {key: _plain(kept[key]) for key in keys}
        save_file(part, folder / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(keys, name)
    total = sum(tensor.nbytes for tensor in kept.values())
    in_order = {key: weight_map[key] for key in kept}
    text = json.dumps({"metadata": {"total_size": total, **aliases}, "weight_map": in_order})
    unfinished = folder / f"{INDEX_NAME}.partial"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(index)
    return index


def _read_index(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    if not path.is_file():
        raise FileNotFoundError(
            f"no {path.name} in {path.parent}: no sharded checkpoint, or a save cut short"
        )
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    files = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(files, dict) or not all(isinstance(name, str) for name in files.values()):
        raise ValueError(f"{path} has no weight_map of keys to file names")
    for name in files.values():
        if Path(name).name != name or "\\" in name:
            raise ValueError(f"{path} names {name!r}: expected a file in the same folder")
    metadata = index.get("metadata", {})
    return files, metadata if isinstance(metadata, dict) else {}


class ShardedCheckpoint:
    """A sharded checkpoint on disk: which key lies where, read without opening a shard.

    Args:
        folder: what holds the index and the shards.

    Attributes:
        weight_map: the file of each key. A second name of a tied tensor has the file of the first.
        total_size: the bytes of all tensors, as the index has it; None if it says nothing.
        opened: the files opened so far, in order, once for each time.

    Raises:
        FileNotFoundError: there is no index.
        ValueError: the index is damaged, or names a file outside the folder.

    Examples:
        >>> import tempfile, torch
        >>> from reference_impl.saving.sharding import ShardedCheckpoint, save_sharded
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = save_sharded({"a": torch.ones(4), "b": torch.ones(9)}, folder, max_bytes=20)
        ...     checkpoint = ShardedCheckpoint(folder)
        >>> checkpoint.weight_map["b"], checkpoint.total_size, checkpoint.opened
        ('model-00001-of-00002.safetensors', 52, [])
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.weight_map, metadata = _read_index(self.folder / INDEX_NAME)
        size = metadata.get("total_size")
        self.total_size = size if isinstance(size, int) else None
        self._aliases = {
            name: first
            for name, first in metadata.items()
            if isinstance(first, str) and first in self.weight_map and name not in self.weight_map
        }
        self.weight_map |= {name: self.weight_map[k] for name, k in self._aliases.items()}
        self.opened: list[str] = []

    def files_for(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Group keys by the file that holds them.

        Raises:
            KeyError: a key lies in no shard.
        """
        return group_by_file(self.weight_map, list(keys))

    def load(self, keys: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Read some keys, or all of them, opening only the files that hold them.

        Args:
            keys: what to read; None for everything.

        Returns:
            The tensors by key, in the order asked for.

        Raises:
            FileNotFoundError: a shard is missing.
            KeyError: a key lies in no shard.
            ValueError: a shard is damaged, or does not hold what the index says.
        """
        wanted = list(self.weight_map if keys is None else keys)
        stored: dict[str, Tensor] = {}
        for name, group in self.files_for(wanted).items():
            owners = dict.fromkeys(self._aliases.get(key, key) for key in group)
            with self._open(name, owners) as shard:
                stored |= {key: shard.get_tensor(key) for key in owners}
        return {key: stored[self._aliases.get(key, key)] for key in wanted}

    def load_into(self, targets: Mapping[str, Tensor]) -> None:
        """Copy into tensors that exist, one key at a time: no second state dict in memory.

        All shapes are compared before the first value is written. Values are cast to the dtype of
        the target.

        Args:
            targets: where to copy; its keys say what to read.

        Raises:
            FileNotFoundError: a shard is missing.
            KeyError: a key lies in no shard.
            ValueError: a shape differs, a shard is damaged, or does not hold what the index says.
        """
        groups = self.files_for(targets)
        for write in (False, True):
            for name, keys in groups.items():
                owners = {key: self._aliases.get(key, key) for key in keys}
                with self._open(name, owners.values()) as shard:
                    for key, owner in owners.items():
                        shape, wanted = shard.get_slice(owner).get_shape(), targets[key].shape
                        if list(wanted) != shape:
                            raise ValueError(
                                f"{key}: expected shape {tuple(wanted)}, {name} holds {tuple(shape)}"
                            )
                        if write:
                            with torch.no_grad():
                                targets[key].copy_(shard.get_tensor(owner))

    @contextmanager
    def _open(self, name: str, owners: Iterable[str]) -> Iterator[Any]:
        path, owners = self.folder / name, list(owners)
        if not path.is_file():
            raise FileNotFoundError(
                f"shard {name} is missing from {self.folder}: it holds {owners}"
            )
        try:
            with safe_open(path, framework="pt") as shard:
                self.opened.append(name)
                if absent := set(owners) - set(shard.keys()):
                    raise ValueError(f"the index puts {sorted(absent)} in {name}: not in there")
                yield shard
        except SafetensorError as error:
            raise ValueError(f"shard {name} is damaged: {error}") from error


# --8<-- [start:group_by_file]
def group_by_file(weight_map: dict[str, str], keys: list[str]) -> dict[str, list[str]]:
    """Group keys by the file that holds them: what to open, and what to read there.

    Raises:
        KeyError: a key lies in no shard.
    """
    groups: dict[str, list[str]] = {}
    for key in keys:
        if key not in weight_map:
            near = difflib.get_close_matches(key, weight_map, n=3)
            raise KeyError(f"{key!r} lies in no shard; near it: {near}")
        groups.setdefault(weight_map[key], []).append(key)
    return groups


# --8<-- [end:group_by_file]
