"""Recomputing activations: a piece of a model keeps its inputs, and runs again when backward needs the rest.

Chen et al., 2016, [*Training deep nets with sublinear memory cost*](https://arxiv.org/abs/1604.06174). The mechanism
is that of `torch.utils.checkpoint.checkpoint(use_reentrant=False)`, made anew from
[`saved_tensors_hooks`](https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.saved_tensors_hooks).
"""

# --8<-- [start:recomputing_imports]
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

# --8<-- [end:recomputing_imports]
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._pytree import tree_flatten, tree_unflatten
from torch.utils.flop_counter import sdpa_backward_flop_count, sdpa_flop_count

__all__ = ["CPU_ATTENTION_FLOPS", "RecomputeError", "recompute"]

_Shape = tuple[int, ...]


def _forward_flops(
    query: _Shape, key: _Shape, value: _Shape, *args: object, **kwargs: object
) -> int:
    flops: int = sdpa_flop_count(query, key, value)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return flops


def _backward_flops(
    grad: _Shape, query: _Shape, key: _Shape, value: _Shape, *args: object, **kwargs: object
) -> int:
    flops: int = sdpa_backward_flop_count(grad, query, key, value)  # type: ignore[no-untyped-call]  # likewise
    return flops


CPU_ATTENTION_FLOPS = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _forward_flops,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: _backward_flops,
}
"""What `torch.utils.flop_counter.FlopCounterMode` has no formula for: pass it as `custom_mapping`."""


class RecomputeError(RuntimeError):
    """The second run of a function did not keep what the first one kept.

    Examples:
        >>> flips = iter([True, False])
        >>> x = torch.ones(2, requires_grad=True)
        >>> y = recompute(lambda x: x.exp().sin() if next(flips) else x.cos(), x)
        >>> y.sum().backward()
        Traceback (most recent call last):
        reference_impl.memory.recomputing.RecomputeError: expected 2 tensors to be kept, as in the first run, got 1
    """


# --8<-- [start:recomputing_state]
class _Surroundings:
    """What a run depends on besides its arguments: random numbers to come, autocast, the default device."""

    def __init__(self, tensors: "list[torch.Tensor]", random: "bool") -> None:
        devices = {t.device for t in tensors if t.device.type not in ("cpu", "meta")}
        types = {"cpu", *(device.type for device in devices)}
        self.casts = [
            (kind, torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind))
            for kind in sorted(types)
            if torch.amp.is_autocast_available(kind)
        ]
        self.cache = torch.is_autocast_cache_enabled()
        self.place = torch.get_default_device()  # of `with torch.device(...)`
        self.random = torch.get_rng_state() if random else None
        self.on_devices = (
            {d: torch.get_device_module(d).get_rng_state(d) for d in devices} if random else {}
        )

    @contextmanager
    def again(self) -> "Iterator[None]":
        """Run something under the same conditions; random numbers go on afterwards where they were."""
        with ExitStack() as stack:
            if self.place != torch.get_default_device():
                stack.enter_context(self.place)
            for kind, dtype, enabled in self.casts:
                stack.enter_context(torch.autocast(kind, dtype, enabled, self.cache))
            if self.random is not None:
                stack.enter_context(_other_random_state(None, self.random))
            for device, state in self.on_devices.items():
                stack.enter_context(_other_random_state(device, state))
            yield


@contextmanager
def _other_random_state(device: "torch.device | None", state: "torch.Tensor") -> "Iterator[None]":
    """Set the random state of a device, or of the CPU, and put the present one back at the end."""
    place = torch if device is None else torch.get_device_module(device)
    where = () if device is None else (device,)
    before = place.get_rng_state(*where)
    place.set_rng_state(state, *where)
    try:
        yield
    finally:
        place.set_rng_state(before, *where)


# --8<-- [end:recomputing_state]


# --8<-- [start:recomputing_inputs]
class _Keep(torch.autograd.Function):
    """Computes nothing. Its node keeps tensors as any operation does: hooks outside see them."""

    @staticmethod
    def forward(ctx: "Any", anchor: "torch.Tensor", *tensors: "torch.Tensor") -> "torch.Tensor":  # noqa: ANN401 - autograd's own
        ctx.save_for_backward(*tensors)
        return anchor.new_empty(0)

    @staticmethod
    def backward(ctx: "Any", *grads: "torch.Tensor") -> "Any":  # noqa: ANN401 - autograd's own
        raise NotImplementedError("nothing leads backward through what is kept")


# --8<-- [end:recomputing_inputs]


_TENSOR = object()  # stands for a tensor in a call


def _look(tensor: Tensor) -> str:
    """Return what can be compared at no cost."""
    return f"{tensor.dtype} of shape {tuple(tensor.shape)} on {tensor.device}"


class _Enough(BaseException):  # no `except Exception` inside the function must stop it
    """Every tensor that the first run kept is there again."""


class _Slot:
    """What autograd keeps in place of a tensor: a number."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Run:
    """One call of a function: what it was called with, and how to have its saved tensors again."""

    def __init__(
        self,
        function: "Callable[..., object]",
        call: "tuple[object, ...]",
        random: "bool",
        early_stop: "bool",
    ) -> None:
        self.leaves, self.shape_of_call = tree_flatten(call)
        tensors = [leaf for leaf in self.leaves if isinstance(leaf, torch.Tensor)]
        anchor = torch.empty(0, requires_grad=True)  # a node needs something to differentiate
        self.kept = _Keep.apply(anchor, *tensors).grad_fn  # type: ignore[no-untyped-call]  # torch's
        self.leaves = [_TENSOR if torch.is_tensor(leaf) else leaf for leaf in self.leaves]
        self.function, self.early_stop = function, early_stop
        self.surroundings = _Surroundings(tensors, random)
        self.slots: list[weakref.ref[_Slot]] = []
        self.looks: list[str] = []
        self.again: dict[int, tuple[torch.Tensor, int]] = {}

    # --8<-- [start:recomputing_unpack]
    def pack(self, tensor: "torch.Tensor") -> "_Slot":
        """Forget a tensor that an operation wants to keep, but for what it looked like."""
        slot = _Slot(len(self.slots))
        self.slots.append(weakref.ref(slot))
        self.looks.append(_look(tensor))
        return slot

    def unpack(self, slot: "_Slot") -> "torch.Tensor":
        """Return that tensor in backward: the first who asks runs the function again."""
        if slot.number not in self.again:
            self.run_again()
        tensor, version = self.again.pop(slot.number)
        if tensor._version != version:  # hooks switch off autograd's own check
            raise RecomputeError(f"tensor {slot.number} was changed in place after it was kept")
        return tensor

    def run_again(self) -> "None":
        """Run the function until all that it kept is there again."""
        found: list[tuple[torch.Tensor, int]] = []
        enough = len(self.slots) if self.early_stop else None

        def collect(tensor: "torch.Tensor") -> "torch.Tensor":
            kept = tensor.detach()  # both share one counter of changes
            found.append((kept, kept._version))
            if len(found) == enough:
                raise _Enough
            return kept

        tensors = iter(self.kept.saved_tensors)
        leaves = [next(tensors) if leaf is _TENSOR else leaf for leaf in self.leaves]
        args, kwargs = tree_unflatten(leaves, self.shape_of_call)
        with torch.enable_grad(), self.surroundings.again():
            try:
                with saved_tensors_hooks(collect, lambda tensor: tensor):
                    self.function(*args, **kwargs)
            except _Enough:
                pass
        self.check([tensor for tensor, _ in found])
        alive = (i for i, slot in enumerate(self.slots) if slot() is not None)
        self.again = {i: found[i] for i in alive}

    # --8<-- [end:recomputing_unpack]

    def check(self, found: list[Tensor]) -> None:
        """Refuse a second run that kept other tensors than the first."""
        if len(found) != len(self.looks):
            raise RecomputeError(
                f"expected {len(self.looks)} tensors to be kept, as in the first run, got {len(found)}"
            )
        for i, (tensor, look) in enumerate(zip(found, self.looks, strict=True)):
            if _look(tensor) != look:
                raise RecomputeError(
                    f"expected tensor {i} to be {look}, as in the first run, got {_look(tensor)}"
                )


def recompute(
    function: Callable[..., Any],
    *args: Any,  # noqa: ANN401 - whatever the function takes
    preserve_rng_state: bool = True,
    early_stop: bool = True,
    **kwargs: Any,  # noqa: ANN401 - likewise
) -> Any:  # noqa: ANN401 - and returns
    """Call a function whose operations keep nothing; it runs again when backward needs what they would have kept.

    What is kept instead: the tensors among the arguments, in nested tuples, lists and dictionaries too, and the state
    of the random number generators. Gradients, `torch.autograd.grad`, hooks, `retain_graph` and calls inside calls
    work as without it. The second run is under the first one's autocast.

    Args:
        function: must do the same on its second run. What else it changes, it changes twice.
        *args: its arguments.
        preserve_rng_state: whether the second run draws the same random numbers.
        early_stop: whether the second run ends as soon as all is there again.
        **kwargs: its arguments by name.

    Raises:
        RecomputeError: in backward; the second run kept other tensors, by number, shape, dtype or device.

    Examples:
        >>> x = torch.ones(1000, requires_grad=True)
        >>> y = recompute(lambda x: x.exp().sin().exp(), x)
        >>> y.sum().backward()
        >>> torch.equal(x.grad, torch.autograd.functional.vjp(lambda x: x.exp().sin().exp().sum(), x)[1])
        True
    """
    if not torch.is_grad_enabled():
        return function(*args, **kwargs)
    run = _Run(function, (args, kwargs), preserve_rng_state, early_stop)
    with saved_tensors_hooks(run.pack, run.unpack):
        return function(*args, **kwargs)
