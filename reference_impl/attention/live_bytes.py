"""How many bytes of tensors are alive while a piece of code runs, counted instead of timed."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """A context that counts the storages which operations allocate inside it.

    Every operation below autograd is seen, in the backward pass too. A view costs nothing, a tensor
    that was there before costs nothing, and a freed one no longer counts. What a kernel allocates
    and frees inside itself is not seen.

    Attributes:
        live: bytes allocated in the context that are alive now.
        peak: the most that were alive at once.
        largest: bytes of the largest single storage.

    Examples:
        >>> import torch
        >>> x = torch.ones(1000)  # 4,000 bytes, from before
        >>> with LiveBytes() as meter:
        ...     y = x * 2
        ...     total = (y + 1)[:500].sum()
        >>> meter.live, meter.peak, meter.largest
        (4004, 8004, 4000)
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # likewise
        self.live, self.peak, self.largest = 0, 0, 0
        self._known: set[int] = set()

    # --8<-- [start:live_bytes_dispatch]
    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: object,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - an operation returns whatever it returns
        """Run an operation and count the storages that it made."""
        for leaf in tree_leaves((args, kwargs)):
            self._meet(leaf, new=False)
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            self._meet(leaf, new=True)
        return out

    def _meet(self, leaf: object, new: bool) -> None:
        if not isinstance(leaf, Tensor):
            return
        storage = leaf.untyped_storage()
        address, size = storage.data_ptr(), storage.nbytes() if new else 0
        if storage.nbytes() == 0 or address in self._known:
            return
        self._known.add(address)
        self.live += size
        self.peak, self.largest = max(self.peak, self.live), max(self.largest, size)
        weakref.finalize(storage, self._forget, address, size)

    # --8<-- [end:live_bytes_dispatch]

    def _forget(self, address: int, size: int) -> None:
        self._known.discard(address)
        self.live -= size
