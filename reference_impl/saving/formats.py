"""Two file formats, read and written byte by byte: safetensors, and the zip of `torch.save`.

The first follows the [description of the format](https://huggingface.co/docs/safetensors/index#format):
eight bytes with the header's length, the header in JSON, the bytes of the tensors. What `safetensors` writes is read
here and the other way round; with at most one key of metadata the files are identical, byte for byte.

The second is only looked at: what a file would call is read from its pickle without running it.
"""

# --8<-- [start:imports]
import json

# --8<-- [end:imports]
import math
import mmap
import pickletools
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference_impl.saving.checkpoints import replace_file

__all__ = [
    "SafetensorsFile",
    "TensorEntry",
    "ZipEntry",
    "load_safetensors",
    "pickle_globals",
    "safetensors_bytes",
    "save_safetensors",
    "zip_entries",
]

# In the order in which they stand in a file: wide types first, so that each tensor starts aligned.
DTYPES = {
    "U64": torch.uint64,
    "I64": torch.int64,
    "F64": torch.float64,
    "C64": torch.complex64,
    "F32": torch.float32,
    "U32": torch.uint32,
    "I32": torch.int32,
    "BF16": torch.bfloat16,
    "F16": torch.float16,
    "U16": torch.uint16,
    "I16": torch.int16,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E8M0": torch.float8_e8m0fnu,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
RANK = {code: rank for rank, code in enumerate(DTYPES)}
MAX_HEADER = 100_000_000  # bytes; the library's limit too
MAX_SIZE = 2**63 - 1  # of a dimension, as PyTorch counts in int64


@dataclass(frozen=True)
class TensorEntry:
    """What the header of a safetensors file says of one tensor.

    Attributes:
        name: its key.
        dtype: the format's word for the dtype, such as `BF16`.
        shape: its sizes.
        begin: where its bytes begin, counted from the end of the header.
        end: where they end.

    >>> TensorEntry("bias", "F32", (3,), 0, 12).nbytes
    12
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def nbytes(self) -> int:
        """The bytes it has in the file."""
        return self.end - self.begin


# Writing


def save_safetensors(
    tensors: Mapping[str, object],
    path: str | PathLike[str],
    metadata: Mapping[str, object] | None = None,
) -> None:
    """Write the tensors to a safetensors file. An existing file is replaced in one go, whole.

    So the tensors may be ones that were read from that very file: they keep the old one's pages.

    Args:
        tensors: contiguous, dense tensors, no two of which share memory.
        path: the file.
        metadata: strings to keep in the header.

    Raises:
        ValueError: The format cannot hold a tensor, or two share memory; nothing is written.
        TypeError: A value is no tensor, or a name or some metadata is no string.

    >>> save_safetensors({"w": torch.arange(3.0)}, "w.safetensors")
    >>> Path("w.safetensors").stat().st_size
    76
    >>> Path("w.safetensors").unlink()
    """
    header, ordered = _prepare(tensors, metadata)
    # Beside it first: cutting the file short would take the pages of tensors that are mapped from it.
    replace_file(Path(path), lambda file: file.writelines([header, *map(_raw, ordered)]))


def safetensors_bytes(
    tensors: Mapping[str, object], metadata: Mapping[str, object] | None = None
) -> bytes:
    r"""Return what [`save_safetensors`][reference_impl.saving.save_safetensors] would write.

    >>> safetensors_bytes({"w": torch.tensor([1, 2], dtype=torch.int8)})[8:]
    b'{"w":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}   \x01\x02'
    """
    header, ordered = _prepare(tensors, metadata)
    return b"".join([header, *map(_raw, ordered)])


def _prepare(
    tensors: Mapping[str, object], metadata: Mapping[str, object] | None
) -> tuple[bytes, list[Tensor]]:
    """The header, and the tensors in the order of the file."""
    _require_little_endian()
    checked = {name: _checked(name, tensor) for name, tensor in tensors.items()}
    _check_not_shared(checked)
    names = sorted(checked, key=lambda name: (RANK[CODES[checked[name].dtype]], name))
    entries, end = [], 0
    for name in names:
        tensor = checked[name]
        begin, end = end, end + tensor.nbytes
        entries.append(TensorEntry(name, CODES[tensor.dtype], tuple(tensor.shape), begin, end))
    header = pack_header(entries, _checked_metadata(metadata or {}, TypeError))
    return header, [checked[name] for name in names]


def _checked(name: object, tensor: object) -> Tensor:
    """The tensor, if a file can hold it under that name."""
    if not isinstance(name, str):
        raise TypeError(f"expected names that are strings, got {name!r}")
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name!r}: expected a tensor, got {type(tensor).__name__}")
    if name == "__metadata__":
        raise ValueError("'__metadata__' is the header's own key: expected another name")
    if tensor.dtype not in CODES:
        raise ValueError(f"{name!r}: expected one of {', '.join(DTYPES)}, got {tensor.dtype}")
    if tensor.layout is not torch.strided:
        raise ValueError(f"{name!r}: expected a dense tensor, got {tensor.layout}")
    if tensor.device.type == "meta":
        raise ValueError(f"{name!r}: expected a tensor with data, got one on the meta device")
    if not tensor.is_contiguous():
        raise ValueError(
            f"{name!r}: expected a contiguous tensor, got strides {tensor.stride()} for shape "
            f"{tuple(tensor.shape)}; save its .contiguous()"
        )
    return tensor


def _checked_metadata(
    metadata: Mapping[str, object], error: type[ValueError | TypeError]
) -> dict[str, str]:
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise error(f"metadata: expected a string for a string, got {key!r}: {value!r}")
    return {key: str(value) for key, value in metadata.items()}


def _check_not_shared(tensors: Mapping[str, Tensor]) -> None:
    """Two names for one memory would be two tensors after loading, so they are refused."""
    filled = [(name, tensor) for name, tensor in tensors.items() if tensor.numel()]
    spans = sorted(
        (str(tensor.device), tensor.data_ptr(), tensor.data_ptr() + tensor.nbytes, name)
        for name, tensor in filled
    )
    device, reach, owner = "", 0, ""
    for place, begin, end, name in spans:
        if place == device and begin < reach:
            raise ValueError(
                f"{owner!r} and {name!r} share memory: expected one name for each memory; drop one "
                "name and tie them again after loading, or save a .clone()"
            )
        device, reach, owner = place, end, name


# --8<-- [start:pack_header]
def pack_header(entries: list["TensorEntry"], metadata: dict[str, str]) -> bytes:
    r"""Return the header of a file: its length, the JSON, and spaces up to a multiple of 8.

    Args:
        entries: a `TensorEntry` for each tensor, in the
            order of the file.
        metadata: strings to keep.

    >>> pack_header([], {"step": "3"})
    b' \x00\x00\x00\x00\x00\x00\x00{"__metadata__":{"step":"3"}}   '
    """
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    for entry in entries:
        header[entry.name] = {
            "dtype": entry.dtype,
            "shape": list(entry.shape),
            "data_offsets": [entry.begin, entry.end],
        }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


# --8<-- [end:pack_header]


def _raw(tensor: Tensor) -> bytes:
    tensor = tensor.detach().resolve_conj().resolve_neg().cpu().reshape(-1)
    return tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def _require_little_endian() -> None:
    if sys.byteorder != "little":
        raise RuntimeError("expected a little-endian machine, as the file is; got a big-endian one")


# Reading


class SafetensorsFile:
    """A safetensors file, opened: the header is read and checked, the tensors not yet.

    A tensor is made when it is asked for, over the file's own pages: nothing is copied, and the
    operating system reads the pages that are used. Writing to such a tensor does not reach the
    file. The pages stay mapped as long as one of the tensors lives.

    Args:
        path: the file.

    Raises:
        ValueError: The file breaks a rule of the format; the message says which.

    >>> save_safetensors({"w": torch.arange(3.0), "n": torch.tensor(7)}, "x.st", {"step": "3"})
    >>> file = SafetensorsFile("x.st")
    >>> list(file), file.metadata, file.entries["w"].shape
    (['n', 'w'], {'step': '3'}, (3,))
    >>> file["w"]
    tensor([0., 1., 2.])
    >>> Path("x.st").unlink()
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        _require_little_endian()
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            if size < 8:
                raise ValueError(f"{path}: expected at least 8 bytes, got {size}: no header length")
            # A private map: a write to a tensor gets a page of its own and leaves the file alone.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        length = int.from_bytes(self._map[:8], "little")
        if length > MAX_HEADER:
            raise ValueError(f"{path}: header of {length} bytes, expected at most {MAX_HEADER}")
        if length > size - 8:
            raise ValueError(f"{path}: header of {length} bytes, but only {size - 8} follow: cut?")
        self._data = 8 + length
        try:
            header = parse_header(self._map[8 : self._data])
            self.metadata = _metadata(header)
            self.entries = {entry.name: entry for entry in _entries(header)}
            check_offsets(self.entries.values(), size - self._data)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, name: str) -> Tensor:
        """Return one tensor, over the pages of the file.

        Raises:
            KeyError: There is no tensor of that name.
        """
        if name not in self.entries:
            raise KeyError(f"no tensor {name!r}; expected one of {list(self.entries)}")
        entry = self.entries[name]
        dtype = DTYPES[entry.dtype]
        if entry.nbytes == 0:
            return torch.empty(entry.shape, dtype=dtype)
        begin = self._data + entry.begin
        raw = torch.frombuffer(self._map, dtype=torch.uint8, count=entry.nbytes, offset=begin)
        if begin % dtype.itemsize:
            raw = raw.clone()  # another writer's file: a view must start at a multiple of its size
        return raw.view(dtype).reshape(entry.shape)


def load_safetensors(path: str | PathLike[str]) -> dict[str, Tensor]:
    """Return all tensors of a safetensors file, over the pages of the file.

    Raises:
        ValueError: The file breaks a rule of the format; the message says which.

    >>> save_safetensors({"w": torch.ones(2, dtype=torch.bfloat16)}, "w.safetensors")
    >>> load_safetensors("w.safetensors")
    {'w': tensor([1., 1.], dtype=torch.bfloat16)}
    >>> Path("w.safetensors").unlink()
    """
    file = SafetensorsFile(path)
    return {name: file[name] for name in file}


# --8<-- [start:parse_header]
def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the pairs as a dict: what `json` does, but a key that comes twice is an error."""
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(k for k in keys if keys.count(k) > 1)!r} comes twice")
    return result


def parse_header(text: bytes) -> dict[str, object]:
    """Return the JSON of a header as a dict.

    Raises:
        ValueError: It is no JSON object, or a key comes twice.

    >>> parse_header(b'{"__metadata__":{"step":"3"}}    ')
    {'__metadata__': {'step': '3'}}
    """
    if not text.startswith(b"{"):
        raise ValueError(f"header: expected it to start with '{{', got {text[:1]!r}")
    try:
        header: dict[str, object] = json.loads(text.decode(), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"header: expected a JSON object in UTF-8, got this: {error}") from None
    return header


# --8<-- [end:parse_header]


def _metadata(header: dict[str, object]) -> dict[str, str]:
    metadata = header.pop("__metadata__", None)
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise ValueError(f"__metadata__: expected an object, got {metadata!r}")  # noqa: TRY004  # a file's content is a value
    return _checked_metadata(metadata, ValueError)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SIZE


def _entries(header: dict[str, object]) -> list[TensorEntry]:
    entries = []
    for name, fields in header.items():
        if not isinstance(fields, dict):
            raise ValueError(f"{name!r}: expected dtype, shape and data_offsets, got {fields!r}")  # noqa: TRY004  # a file's content is a value
        dtype, shape, offsets = (fields.get(key) for key in ("dtype", "shape", "data_offsets"))
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise ValueError(f"{name!r}: dtype {dtype!r}, expected one of {', '.join(DTYPES)}")
        if not isinstance(shape, list) or not all(map(_is_size, shape)):
            raise ValueError(f"{name!r}: shape {shape!r}, expected sizes from 0 to 2**63 - 1")
        if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
            raise ValueError(f"{name!r}: data_offsets {offsets!r}, expected [begin, end]")
        entries.append(TensorEntry(name, dtype, tuple(shape), offsets[0], offsets[1]))
    try:
        ordered = sorted(entries, key=lambda entry: (entry.begin, entry.end))
        "".join(header).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"header: expected names in UTF-8, got this: {error}") from None
    return ordered


def check_offsets(entries: Iterable[TensorEntry], size: int) -> None:
    """Check that the entries, in order of their offsets, cover the data exactly.

    Raises:
        ValueError: A tensor's bytes are not what its shape needs, two overlap, or there is a hole.

    >>> check_offsets([TensorEntry("a", "F32", (2,), 0, 8), TensorEntry("b", "I8", (1,), 8, 9)], 9)
    >>> check_offsets([TensorEntry("a", "I8", (2,), 1, 3)], 3)
    Traceback (most recent call last):
    ValueError: 'a': data_offsets [1, 3] leave a hole, expected to begin at 0
    """
    end = 0
    for entry in entries:
        needed = math.prod(entry.shape) * DTYPES[entry.dtype].itemsize
        where = f"{entry.name!r}: data_offsets [{entry.begin}, {entry.end}]"
        if entry.nbytes != needed:
            what = f"{entry.dtype} of shape {entry.shape}"
            raise ValueError(f"{where} are {entry.nbytes} bytes, {what} needs {needed}")
        if entry.begin != end:
            what = "overlap the tensor before" if entry.begin < end else "leave a hole"
            raise ValueError(f"{where} {what}, expected to begin at {end}")
        if entry.end > size:
            raise ValueError(f"{where} end after the data, which has {size} bytes: cut?")
        end = entry.end
    if end != size:
        raise ValueError(f"{size - end} bytes follow the last tensor, expected none")


# The zip of torch.save


@dataclass(frozen=True)
class ZipEntry:
    """One entry of the zip that `torch.save` writes.

    Attributes:
        name: its path in the zip, without the archive's own name.
        size: its bytes.
        offset: where its bytes begin in the file; they are stored as they are.

    >>> torch.save(torch.zeros(3), "z.pt")
    >>> [entry.size for entry in zip_entries("z.pt") if entry.name == "data/0"]
    [12]
    >>> Path("z.pt").unlink()
    """

    name: str
    size: int
    offset: int


def zip_entries(path: str | PathLike[str]) -> list[ZipEntry]:
    """Return the entries of a file that `torch.save` wrote, in the order of the file.

    Raises:
        ValueError: The file is no zip, or is cut.

    >>> torch.save({"w": torch.zeros(3)}, "z.pt")
    >>> [entry.name for entry in zip_entries("z.pt")][0]
    'data.pkl'
    >>> Path("z.pt").unlink()
    """
    with _open_zip(path) as archive, Path(path).open("rb") as file:
        entries = []
        for info in archive.infolist():
            file.seek(info.header_offset + 26)  # the local header's two lengths, name and extra
            lengths = file.read(4)
            skipped = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            name = info.filename.split("/", 1)[-1]
            entries.append(ZipEntry(name, info.file_size, info.header_offset + 30 + skipped))
    return entries


def pickle_globals(path: str | PathLike[str]) -> list[str]:
    """Return what the pickle inside a `torch.save` file would import, without running any of it.

    Each name is a class or function that unpickling looks up, and most of them it also calls. The
    list is for looking, and no proof that a file is harmless.

    Args:
        path: a file that `torch.save` wrote.

    Raises:
        ValueError: The file is no zip, holds no `data.pkl`, or its pickle is cut.

    >>> torch.save({"w": torch.zeros(3)}, "z.pt")
    >>> pickle_globals("z.pt")
    ['collections.OrderedDict', 'torch.FloatStorage', 'torch._utils._rebuild_tensor_v2']
    >>> Path("z.pt").unlink()
    """
    with _open_zip(path) as archive:
        names = [name for name in archive.namelist() if name.split("/", 1)[-1] == "data.pkl"]
        if len(names) != 1:
            raise ValueError(f"{path}: expected one data.pkl, got {archive.namelist()}")
        try:
            return sorted(set(_globals_of(archive.read(names[0]))))
        except (ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path}: expected a whole pickle, got this: {error}") from None


def _open_zip(path: str | PathLike[str]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: expected the zip of torch.save, got this: {error}") from None


def _globals_of(data: bytes) -> Iterator[str]:
    """The names that a pickle looks up.

    STACK_GLOBAL takes its two strings from the stack: `top` holds what was pushed last, as long as
    only strings were. What cannot be told so is reported as computed.
    """
    top: list[str | None] = []
    memo: dict[int, str | None] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("GLOBAL", "INST"):
            yield argument.replace(" ", ".", 1)
        elif opcode.name == "STACK_GLOBAL":
            known = len(top) >= 2 and None not in top[-2:]
            yield ".".join(str(part) for part in top[-2:]) if known else "<computed>"
        elif opcode.name.startswith("EXT"):
            yield f"<copyreg extension {argument}>"
        if opcode.name == "MEMOIZE" or "PUT" in opcode.name:
            memo[len(memo) if argument is None else argument] = top[-1] if top else None
        elif "GET" in opcode.name:
            top.append(memo.get(argument))
        elif isinstance(argument, str) and "UNICODE" in opcode.name:
            top.append(argument)
        elif opcode.name not in ("PROTO", "FRAME"):
            top = []
