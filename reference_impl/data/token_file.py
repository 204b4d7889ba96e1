"""A file of tokens that is mapped into memory, not read.

Layout, little-endian: a header of 64 bytes, the tokens of all documents one after another, zeros
up to a multiple of 8, then one 8-byte offset for each document and one for the end. So document d
is `tokens[offsets[d]:offsets[d + 1]]`, found without reading anything else.

The header holds its own checksum, tested whenever a file is opened, and that of all that follows
it, tested by `verify`. A file is written under a temporary name and renamed when it is complete
and on disk: under its own name there is only ever a whole file.
"""

import hashlib
import os
import secrets

# --8<-- [start:header_imports]
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# --8<-- [end:header_imports]
from types import TracebackType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DTYPES = {1: "uint8", 2: "uint16", 3: "int32", 4: "int64"}
BLOCK = 2**20  # bytes hashed at once
DIGEST = 16

Document = Sequence[Any] | NDArray[Any] | Tensor


class TokenFileError(ValueError):
    """The file is not a whole token file, or not the one that was asked for.

    >>> issubclass(TokenFileError, ValueError)
    True
    """


# --8<-- [start:header]
MAGIC = b"CLTOKENS"
VERSION = 1
HEADER = struct.Struct("<8sHHQQ16s16xI")  # 64 bytes


@dataclass(frozen=True)
class Header:
    """What the first 64 bytes say."""

    dtype: int
    tokens: int
    documents: int
    digest: bytes

    def pack(self) -> bytes:
        """Return the bytes: the fields, then the CRC-32 of them."""
        fields = (MAGIC, VERSION, self.dtype, self.tokens, self.documents, self.digest)
        without = HEADER.pack(*fields, 0)[:-4]
        return without + struct.pack("<I", zlib.crc32(without))


# --8<-- [end:header]


def read_header(data: bytes, path: Path) -> Header:
    """Return the header, or say what is wrong with it."""
    if not data.startswith(MAGIC):
        raise TokenFileError(
            f"{path} is not a token file: expected it to begin with {MAGIC!r}, got {data[:8]!r}"
        )
    if len(data) < HEADER.size:
        raise TokenFileError(
            f"{path} is truncated: expected a header of {HEADER.size} bytes, got {len(data)}"
        )
    _, version, dtype, tokens, documents, digest, checksum = HEADER.unpack(data)
    if checksum != zlib.crc32(data[:-4]):
        raise TokenFileError(
            f"{path} has a damaged header: expected checksum {checksum:08x}, "
            f"got {zlib.crc32(data[:-4]):08x}"
        )
    if version != VERSION or dtype not in DTYPES:
        raise TokenFileError(
            f"{path} needs a newer reader: expected version {VERSION} and dtype code in "
            f"{list(DTYPES)}, got version {version}, dtype code {dtype}"
        )
    return Header(dtype, tokens, documents, digest)


# --8<-- [start:writer]
class TokenFileWriter:
    """Writes documents to a token file, one after another; use it in a `with` statement.

    The file appears under its name when the block ends without an exception. Until then, and if
    anything fails, what stood there before stays as it is, and nothing else is left behind.

    Args:
        path: the file to write.
        dtype: `"uint8"`, `"uint16"`, `"int32"` or `"int64"`. It must hold every token id.

    Raises:
        ValueError: there is no such dtype.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "tokens.bin")
    >>> with TokenFileWriter(path, "uint16") as writer:
    ...     writer.append([5, 6, 7])
    ...     writer.append([8])
    >>> TokenFile(path)[1:]
    tensor([6, 7, 8], dtype=torch.uint16)
    """

    def __init__(self, path: str | os.PathLike[str], dtype: str = "uint16") -> None:
        codes = {name: code for code, name in DTYPES.items()}
        if dtype not in codes:
            raise ValueError(f"dtype must be one of {list(codes)}, got {dtype!r}")
        self.path = Path(path)
        self.code = codes[dtype]
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self.offsets = [0]
        # Two writers of one path must not share a temporary file: the last to finish wins, whole.
        self._temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.tmp")
        self._digest = hashlib.blake2b(digest_size=DIGEST)
        self._file = self._temporary.open("wb")
        self._write(bytes(HEADER.size), in_digest=False)

    # --8<-- [end:writer]

    def append(self, document: Document) -> None:
        """Write the tokens of one document.

        Args:
            document: token ids, in one dimension.

        Raises:
            TypeError: not integers.
            ValueError: not one dimension, or a token id that the dtype cannot hold.
            OSError: the disk is full, or something else failed.
        """
        ids = np.asarray(document)
        number = len(self.offsets) - 1
        if ids.ndim != 1:
            raise ValueError(
                f"document {number} must have one dimension, got shape {tuple(ids.shape)}"
            )
        if ids.size and ids.dtype.kind not in "iu":
            raise TypeError(f"document {number} must hold integers, got {ids.dtype}")
        limits = np.iinfo(self.dtype)
        outside = np.flatnonzero((ids < 0) | (ids > limits.max))
        if outside.size:
            raise ValueError(
                f"token {outside[0]} of document {number} does not fit {self.dtype.name}: "
                f"expected 0 to {limits.max}, got {ids[outside[0]]}"
            )
        self._write(ids.astype(self.dtype).tobytes())
        self.offsets.append(self.offsets[-1] + len(ids))

    # --8<-- [start:finish]
    def close(self) -> None:
        """Complete the file and give it its name."""
        size = self.offsets[-1] * self.dtype.itemsize
        self._write(bytes(-size % 8))
        self._write(np.array(self.offsets, dtype="<u8").tobytes())
        header = Header(self.code, self.offsets[-1], len(self.offsets) - 1, self._digest.digest())
        try:
            self._file.seek(0)
            self._file.write(header.pack())
            self._file.flush()
            os.fsync(self._file.fileno())  # the data are on disk …
            self._file.close()
            self._temporary.replace(self.path)  # … before the name points to them
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._failed(error) from error

    def discard(self) -> None:
        """Give up: remove what was written. What stands under the name stays."""
        try:
            self._file.close()
        except OSError:
            pass  # the buffer could not be written; that error has been raised already
        finally:
            self._temporary.unlink(missing_ok=True)

    # --8<-- [end:finish]

    def _write(self, data: bytes, *, in_digest: bool = True) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from error
        if in_digest:
            self._digest.update(data)

    def _failed(self, error: OSError) -> OSError:
        self.discard()
        text = f"{error.strerror}: the token file was not written; what was there before is kept"
        return OSError(error.errno, text, str(self.path))

    def __enter__(self) -> "TokenFileWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.discard()
            return
        try:
            self.close()
        except BaseException:
            self.discard()
            raise


def sync_folder(folder: Path) -> None:
    """Make a rename last: the name is kept by the folder, which has to reach the disk too."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_token_file(
    path: str | os.PathLike[str], documents: Iterable[Document], dtype: str = "uint16"
) -> None:
    """Write a token file from an iterable of documents, which is read one document at a time.

    Args:
        path: the file to write.
        documents: each a sequence of token ids.
        dtype: what the ids are stored as.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "tokens.bin")
    >>> write_token_file(path, ([n] * n for n in range(1, 4)), dtype="uint8")
    >>> tokens = TokenFile(path, verify=True)
    >>> len(tokens), tokens.documents, tokens.document(2)
    (6, 3, tensor([3, 3, 3], dtype=torch.uint8))
    """
    with TokenFileWriter(path, dtype) as writer:
        for document in documents:
            writer.append(document)


class TokenFile:
    """A token file, mapped into memory: a slice reads only the pages it touches.

    Slices are tensors over the mapping, without a copy, in the file's dtype. The mapping is
    copy-on-write: writing to a slice changes this process's memory and never the file.
    Pickled, for a worker that is not forked, it is opened anew.

    Args:
        path: the file.
        dtype: the dtype it must have; by default any.
        verify: read everything and test its checksum.

    Raises:
        TokenFileError: the file is foreign, truncated or damaged, or has another dtype.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "tokens.bin")
    >>> write_token_file(path, [[1, 2, 3], [4]])
    >>> TokenFile(path)
    TokenFile(4 tokens in 2 documents, uint16)
    >>> TokenFile(path, dtype="int32")
    Traceback (most recent call last):
        ...
    reference_impl.data.token_file.TokenFileError: ... holds another dtype: expected int32, got uint16
    """

    def __init__(
        self, path: str | os.PathLike[str], dtype: str | None = None, verify: bool = False
    ) -> None:
        self.path = Path(path)
        with self.path.open("rb") as file:
            self.header = read_header(file.read(HEADER.size), self.path)
            size = os.fstat(file.fileno()).st_size
        self.dtype = DTYPES[self.header.dtype]
        if dtype is not None and dtype != self.dtype:
            raise TokenFileError(
                f"{self.path} holds another dtype: expected {dtype}, got {self.dtype}"
            )
        kind = np.dtype(self.dtype).newbyteorder("<")
        index = self.header.tokens * kind.itemsize
        index += HEADER.size + -index % 8
        expected = index + 8 * (self.header.documents + 1)
        if size != expected:
            what = "is truncated" if size < expected else "has bytes that do not belong to it"
            raise TokenFileError(f"{self.path} {what}: expected {expected} bytes, got {size}")
        # --8<-- [start:map]
        mapped = np.memmap(self.path, mode="c")  # "c": copy on write, so a tensor may be made of it
        numbers = mapped[HEADER.size : HEADER.size + self.header.tokens * kind.itemsize]
        self.tokens = torch.from_numpy(numbers.view(kind))
        self.offsets = torch.from_numpy(mapped[index:].view("<i8"))
        # --8<-- [end:map]
        self._mapped = mapped
        if verify:
            self.verify()

    @property
    def documents(self) -> int:
        """The number of documents."""
        return self.header.documents

    def __len__(self) -> int:
        return self.header.tokens

    def __getitem__(self, where: object) -> Tensor:
        if not isinstance(where, slice):
            raise TypeError(f"expected a slice of tokens, got {type(where).__name__}")
        return self.tokens[where]

    def document(self, number: int) -> Tensor:
        """Return the tokens of one document, without a copy.

        Raises:
            IndexError: there is no such document.
        """
        if not 0 <= number < self.documents:
            raise IndexError(f"document must be from 0 to {self.documents - 1}, got {number}")
        start, stop = self.offsets[number : number + 2].tolist()
        return self.tokens[start:stop]

    def verify(self) -> None:
        """Read everything and compare its checksum.

        Raises:
            TokenFileError: the file is not what was written.
        """
        digest = hashlib.blake2b(digest_size=DIGEST)
        with self.path.open("rb") as file:
            file.seek(HEADER.size)
            while block := file.read(BLOCK):
                digest.update(block)
        if digest.digest() != self.header.digest:
            raise TokenFileError(
                f"{self.path} is damaged: expected checksum {self.header.digest.hex()}, "
                f"got {digest.hexdigest()}"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return TokenFile, (self.path, self.dtype)

    def __repr__(self) -> str:
        return f"TokenFile({len(self)} tokens in {self.documents} documents, {self.dtype})"
