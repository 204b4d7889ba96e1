"""What autograd keeps for the backward pass, counted to the byte while a model runs.

[`torch.autograd.graph.saved_tensors_hooks`](https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.saved_tensors_hooks)
shows each tensor that an operation saves.
"""

# --8<-- [start:activations_imports]
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

# --8<-- [end:activations_imports]

__all__ = ["SavedBytes", "SavedStorage"]


@dataclass(frozen=True)
class SavedStorage:
    """One piece of memory that autograd keeps.

    Attributes:
        module: the module whose forward was running, by its name in the model.
        op: the function of torch that saved it first.
        shape: of the tensor that was saved first; others may be views of the same memory.
        dtype: likewise.
        nbytes: of the memory, all of it.
        times: how many saved tensors lie in it.

    Examples:
        >>> SavedStorage("blocks.0.mlp", "gelu", (2, 8), torch.float32, 64, 1).nbytes
        64
    """

    module: str
    op: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    nbytes: int
    times: int


# --8<-- [start:activations_names]
class _Running(TorchFunctionMode):
    """Knows which function of torch is running, the outermost one."""

    name = ""

    def __torch_function__(
        self,
        func: "Callable[..., Any]",
        types: "object",
        args: "Sequence[Any]" = (),
        kwargs: "dict[str, Any] | None" = None,
    ) -> "Any":  # noqa: ANN401 - a function returns whatever it returns
        before, self.name = self.name, getattr(func, "__name__", "").strip("_")
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self.name = before


class _Saved:
    """A tensor that autograd keeps. It dies with the part of the graph that needs it."""

    def __init__(self, tensor: "torch.Tensor", number: "int", module: "str", op: "str") -> None:
        self.tensor = tensor.detach()  # an output would hold its own graph, and the graph this
        self.number, self.module, self.op = number, module, op
        self.storage = tensor.untyped_storage()._cdata


# --8<-- [end:activations_names]


class SavedBytes:
    """A context that counts the memory autograd keeps for backward, each storage once.

    Counted: every tensor saved by an operation that runs inside, as long as the graph needs it.
    A view counts with all of its storage. Not counted: the storages of what is given here, as a
    model's weights and inputs are there anyway; tensors that an operation keeps without telling
    autograd, as `linear_cross_entropy` does with gradients; and what a block under
    `torch.utils.checkpoint` holds other than through its tensor arguments.

    Attributes:
        peak: the most bytes that were kept at once, as large as they were when they were saved.

    Args:
        *known: modules, whose parameters and buffers are not counted, and tensors.

    Examples:
        >>> layer, x = nn.Linear(8, 4), torch.ones(2, 8)
        >>> with SavedBytes(layer, x) as saved:
        ...     y = layer(x).tanh()
        >>> saved.nbytes, [(s.op, s.shape) for s in saved.storages()]
        (32, [('tanh', (2, 4))])
        >>> y.sum().backward()
        >>> saved.nbytes, saved.peak
        (0, 32)
    """

    def __init__(self, *known: nn.Module | Tensor) -> None:
        self._modules = [item for item in known if isinstance(item, nn.Module)]
        tensors = [item for item in known if isinstance(item, Tensor)]
        tensors += [t for m in self._modules for t in (*m.parameters(), *m.buffers())]
        self._known = {t.untyped_storage()._cdata for t in tensors}
        self._held = tensors  # alive, so that no other storage gets such an address
        self._saved: weakref.WeakSet[_Saved] = weakref.WeakSet()
        self._running, self._path, self._numbers = _Running(), [""], count()
        self._times: Counter[int] = Counter()  # of each storage, and the bytes of all of them
        self._live = self.peak = 0
        self._stack = ExitStack()

    # --8<-- [start:activations_saved]
    def _pack(self, tensor: "torch.Tensor") -> "_Saved":
        """Take a tensor that an operation saves."""
        saved = _Saved(tensor, next(self._numbers), self._path[-1], self._running.name)
        if saved.storage not in self._known and tensor.untyped_storage().nbytes():
            self._saved.add(saved)  # a weak set: it forgets what the graph forgets
            self._note(saved)
        return saved

    def __enter__(self) -> "SavedBytes":
        hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, lambda saved: saved.tensor)
        self._stack.enter_context(hooks)
        self._stack.enter_context(self._running)
        for name, module in (pair for m in self._modules for pair in m.named_modules()):
            before = module.register_forward_pre_hook(partial(self._enter_module, name))
            after = module.register_forward_hook(self._leave_module, always_call=True)
            self._stack.callback(before.remove)
            self._stack.callback(after.remove)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _enter_module(self, name: "str", *call: "object") -> "None":
        self._path.append(name)

    def _leave_module(self, *call: "object") -> "None":
        self._path.pop()

    # --8<-- [end:activations_saved]

    def _note(self, saved: _Saved) -> None:
        nbytes = saved.tensor.untyped_storage().nbytes()
        self._live += nbytes * (not self._times[saved.storage])
        self._times[saved.storage] += 1
        self.peak = max(self.peak, self._live)
        weakref.finalize(saved, self._forget, saved.storage, nbytes)

    def _forget(self, storage: int, nbytes: int) -> None:
        self._times[storage] -= 1
        self._live -= nbytes * (not self._times[storage])

    def storages(self) -> list[SavedStorage]:
        """Return what is kept now, in the order in which it was saved."""
        groups: dict[int, list[_Saved]] = {}
        for saved in sorted(self._saved, key=lambda saved: saved.number):
            groups.setdefault(saved.storage, []).append(saved)
        return [
            SavedStorage(
                first.module,
                first.op,
                tuple(first.tensor.shape),
                first.tensor.dtype,
                first.tensor.untyped_storage().nbytes(),
                len(group),
            )
            for group in groups.values()
            for first in group[:1]
        ]

    @property
    def nbytes(self) -> int:
        """The bytes of all storages that are kept now."""
        return sum(storage.nbytes for storage in self.storages())

    def by_op(self) -> Counter[str]:
        """Return the bytes of each function of torch that saved something."""
        total: Counter[str] = Counter()
        for storage in self.storages():
            total[storage.op] += storage.nbytes
        return total

    def by_module(self, depth: int = 2) -> Counter[str]:
        """Return the bytes of each module.

        Args:
            depth: how many parts of its name count: with 2, `blocks.0.mlp.up` is in `blocks.0`.
        """
        total: Counter[str] = Counter()
        for storage in self.storages():
            total[".".join(storage.module.split(".")[:depth])] += storage.nbytes
        return total
