"""Saved tensors that wait for backward in the host's memory, each storage moved once.

The idea is that of
[`save_on_cpu`](https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.save_on_cpu),
which moves every saved tensor by itself, in the stream that computes.
"""

# --8<-- [start:offload_imports]
import weakref
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import cast

import torch
from torch import Tensor, nn

# --8<-- [end:offload_imports]

__all__ = ["Offload"]

CHANGED = "a tensor that backward needs was changed in place after it was saved: shape {}, version {} instead of {}"


class _Stayed:
    """A saved tensor that is not moved: a weight, an input, or a small one."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.version = tensor.detach(), tensor._version  # both share one counter

    def get(self) -> Tensor:
        if error := _change(self.tensor, self.version):
            raise RuntimeError(error)
        return self.tensor


class _Piece:
    """One storage: on the device, on the host, or on both. It dies with the graph that needs it."""

    host: Tensor | None = None
    event: "torch.cuda.Event | None" = None  # after which the last copy is done
    stream: "torch.cuda.Stream | None" = None  # that `device` belongs to
    leaving = False  # a copy to the host may still be reading `device`
    saved = unpacked = 0  # how many saved tensors lie in it, and how often they were asked for
    error = ""

    def __init__(self, number: int, tensor: Tensor) -> None:
        self.number, self.version = number, tensor._version
        self.tensor: Tensor | None = tensor.detach()  # as long as its memory is what was saved
        storage = tensor.untyped_storage()
        self.storage, self.nbytes = weakref.ref(storage), storage.nbytes()
        self.where = tensor.device
        self.device: Tensor | None = _bytes_of(storage)

    def note_change(self) -> None:
        """See whether the memory that was saved has been changed in place since."""
        if self.tensor is None or self.tensor._version == self.version:
            return
        if self.host is not None and self.where.type != "cuda":  # the copy was made at once
            self.tensor = self.device = None
        else:
            self.error = _change(self.tensor, self.version)

    def __del__(self) -> None:
        if self.event is not None and self.stream is not None:  # memory that is still being filled
            self.stream.wait_event(self.event)


class _View:
    """A saved tensor as its storage and where in it the tensor lies."""

    def __init__(self, piece: _Piece, tensor: Tensor) -> None:
        self.piece, self.dtype = piece, tensor.dtype
        self.place = tensor.storage_offset(), tensor.size(), tensor.stride()


def _change(tensor: Tensor, version: int) -> str:
    """Return an error's text if a tensor is not of this version."""
    if tensor._version == version:
        return ""
    return CHANGED.format(tuple(tensor.shape), tensor._version, version)


def _bytes_of(storage: torch.UntypedStorage) -> Tensor:
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


class Offload:
    """A context that moves what autograd saves to the host, and back when backward needs it.

    Each storage is moved once, however many saved tensors are views of it. On CUDA the copies run
    in a stream of their own, from and to pinned memory, and backward starts the next copies while
    it computes. On a CPU the host is the CPU too: the same copies are made and counted, so that
    all but the overlap can be tried there.

    Not moved are the storages of what is given here, small ones, the newest ones, and tensors
    that are not plain dense memory. What operations keep without telling autograd is not seen.

    Args:
        *known: modules, whose parameters and buffers stay, and tensors that stay.
        min_bytes: a smaller storage stays.
        keep_bytes: the newest storages stay as long as they fit in so many bytes together:
            backward needs them first.
        in_flight_bytes: so many bytes may be on their way at once, in either direction. It is what
            the overlap costs in memory of the device.
        pin_memory: whether the host's memory is page-locked, if the device is a CUDA device.
        watch: called with what happens, the number of the storage and its bytes: it is `"saved"`, a
            copy goes `"out"`, the device's memory is `"free"`, a copy comes `"back"`, the graph
            has `"dropped"` it.

    Attributes:
        moved_out: bytes copied to the host so far.
        moved_back: bytes copied back so far.
        copies: how many copies that were, both ways.

    Raises:
        ValueError: a number of bytes is not an integer of at least 0.
        TypeError: `known` holds something else than modules and tensors.
        RuntimeError: in backward, if a tensor that was on the device has been changed in place
            since it was saved.

    Examples:
        >>> x = torch.ones(1000, requires_grad=True)
        >>> with Offload(x) as offload:
        ...     y = x.exp().sin()  # exp saves its result, and sin its input: the same memory
        >>> offload.moved_out, offload.copies
        (4000, 1)
        >>> y.sum().backward()
        >>> offload.moved_back
        4000
    """

    def __init__(
        self,
        *known: nn.Module | Tensor,
        min_bytes: int = 1024,
        keep_bytes: int = 0,
        in_flight_bytes: int = 2**28,
        pin_memory: bool = True,
        watch: Callable[[str, int, int], None] | None = None,
    ) -> None:
        sizes = {"min_bytes": min_bytes, "keep_bytes": keep_bytes}
        for name, size in (sizes | {"in_flight_bytes": in_flight_bytes}).items():
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise ValueError(f"expected {name} to be an integer of at least 0, got {size!r}")
        for item in known:
            if not isinstance(item, nn.Module | Tensor):
                raise TypeError(f"expected modules and tensors, got a {type(item).__name__}")
        self._given, self.watch = known, watch
        self.min_bytes, self.keep_bytes, self.in_flight_bytes = (
            min_bytes,
            keep_bytes,
            in_flight_bytes,
        )
        self.pin_memory = pin_memory
        self.moved_out = self.moved_back = self.copies = 0
        self._stays: set[int] = set()
        self._numbers, self._floor = count(), 0
        self._by_address: weakref.WeakValueDictionary[int, _Piece] = weakref.WeakValueDictionary()
        self._by_number: weakref.WeakValueDictionary[int, _Piece] = weakref.WeakValueDictionary()
        self._newest: deque[weakref.ref[_Piece]] = deque()
        self._leaving: deque[_Piece] = deque()
        self._streams: dict[torch.device, torch.cuda.Stream] = {}
        self._hooks: list[torch.autograd.graph.saved_tensors_hooks] = []

    def __enter__(self) -> "Offload":
        tensors = [item for item in self._given if isinstance(item, Tensor)]
        for item in self._given:
            if isinstance(item, nn.Module):
                tensors += [*item.parameters(), *item.buffers()]
        self._stays = {tensor.untyped_storage()._cdata for tensor in tensors}
        self._hooks.append(torch.autograd.graph.saved_tensors_hooks(self._pack, self._unpack))
        self._hooks[-1].__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._hooks.pop().__exit__(*exception)
        while self._leaving:
            self._let_go(self._leaving.popleft())

    # --8<-- [start:offload_pack]
    def _pack(self, tensor: "Tensor") -> "_View | _Stayed":
        """Take a tensor that an operation saves, and begin to move what is no longer new."""
        if not self._moves(tensor):
            return _Stayed(tensor)
        storage = tensor.untyped_storage()
        piece = self._by_address.get(storage._cdata)
        known = piece is not None and piece.storage() is storage  # not another at its address
        if piece is None or not known or piece.version != tensor._version:
            piece = _Piece(next(self._numbers), tensor)
            self._by_address[storage._cdata] = self._by_number[piece.number] = piece
            self._tell("saved", piece)
            self._newest.append(weakref.ref(piece))
            self._move_oldest()
        piece.saved += 1
        return _View(piece, tensor)

    def _move_oldest(self) -> "None":
        """Move all but the newest storages, as many as may stay."""
        alive = [piece for ref in self._newest if (piece := ref()) is not None]
        excess = sum(piece.nbytes for piece in alive) - self.keep_bytes
        while excess > 0:
            piece = alive.pop(0)
            excess -= piece.nbytes
            self._move_out(piece)
        self._newest = deque(weakref.ref(piece) for piece in alive)

    # --8<-- [end:offload_pack]

    def _moves(self, tensor: Tensor) -> bool:
        if type(tensor) not in (Tensor, nn.Parameter) or tensor.layout != torch.strided:
            return False
        if tensor.is_conj() or tensor.is_neg() or tensor.is_quantized or tensor.is_meta:
            return False
        storage = tensor.untyped_storage()
        return storage._cdata not in self._stays and storage.nbytes() >= max(self.min_bytes, 1)

    def _move_out(self, piece: _Piece) -> None:
        piece.note_change()
        if piece.error or piece.device is None:
            return
        pinned = self.pin_memory and piece.where.type == "cuda"
        piece.host = torch.empty(piece.nbytes, dtype=torch.uint8, pin_memory=pinned)
        self._copy(piece, piece.host, piece.device)
        piece.leaving = True
        self.moved_out += piece.nbytes
        self._tell("out", piece)
        self._leaving.append(piece)  # it holds the device's memory while a copy may read it
        while sum(p.nbytes for p in self._leaving) > self.in_flight_bytes:
            self._let_go(self._leaving.popleft())

    def _let_go(self, piece: _Piece) -> None:
        """Free the device's memory of a storage, after its copy."""
        self._wait(piece)
        piece.note_change()
        piece.leaving = False
        if piece.tensor is not None:
            piece.device = piece.tensor = None
        self._tell("free", piece)

    def _fetch(self, piece: _Piece) -> None:
        piece.device = torch.empty(piece.nbytes, dtype=torch.uint8, device=piece.where)
        self._copy(piece, piece.device, cast("Tensor", piece.host))
        self.moved_back += piece.nbytes
        self._tell("back", piece)

    # --8<-- [start:offload_copies]
    def _copy(self, piece: "_Piece", to: "Tensor", source: "Tensor") -> "None":
        self.copies += 1
        if piece.where.type != "cuda":
            to.copy_(source)
            return
        piece.stream = torch.cuda.current_stream(piece.where)
        side = self._streams.get(piece.where)
        if side is None:
            side = self._streams[piece.where] = torch.cuda.Stream(piece.where)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        side.wait_stream(piece.stream)  # what is read is there, what is written is free
        with torch.cuda.stream(side):
            to.copy_(source, non_blocking=True)
            piece.event = side.record_event()

    def _wait(self, piece: "_Piece") -> "None":
        """Let the device, not this program, wait for the last copy of a storage."""
        if piece.event is not None:
            for stream in {torch.cuda.current_stream(piece.where), piece.stream}:  # user and owner
                cast("torch.cuda.Stream", stream).wait_event(piece.event)
            piece.event = None

    # --8<-- [end:offload_copies]

    # --8<-- [start:offload_unpack]
    def _unpack(self, saved: "_View | _Stayed") -> "Tensor":
        """Return a saved tensor, and begin to fetch those that were saved before it."""
        if isinstance(saved, _Stayed):
            return saved.get()
        piece = saved.piece
        piece.note_change()
        if piece.error:
            raise RuntimeError(piece.error)
        if piece.device is None:
            self._fetch(piece)
        if not piece.leaving:
            self._wait(piece)
        self._fetch_ahead(piece.number)
        if piece.stream is not None and piece.stream != torch.cuda.current_stream(piece.where):
            # Fetched in one stream and used in another: its memory must not be reused before.
            cast("Tensor", piece.device).record_stream(torch.cuda.current_stream(piece.where))
        storage = cast("Tensor", piece.device).untyped_storage()
        piece.unpacked += 1
        if piece.host is not None and not piece.leaving and piece.unpacked % piece.saved == 0:
            piece.device = None  # all had it; with a graph that is kept, fetch it again
        return torch.empty(0, dtype=saved.dtype, device=piece.where).set_(storage, *saved.place)

    def _fetch_ahead(self, number: "int") -> "None":
        """Fetch storages saved before this one, the latest first, as many as may be on their way."""
        ahead, lowest = 0, number
        for earlier in range(number - 1, self._floor - 1, -1):
            piece = self._by_number.get(earlier)
            if piece is None:
                continue
            lowest = earlier
            if piece.host is None:
                continue
            ahead += piece.nbytes
            if ahead > self.in_flight_bytes:
                return
            if piece.device is None and not piece.error and not piece.unpacked:
                self._fetch(piece)
        self._floor = lowest  # nothing below is alive

    # --8<-- [end:offload_unpack]

    def _tell(self, what: str, piece: _Piece) -> None:
        if self.watch is not None:
            self.watch(what, piece.number, piece.nbytes)
            if what == "saved":
                weakref.finalize(piece, self.watch, "dropped", piece.number, piece.nbytes)
