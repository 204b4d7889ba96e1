"""Hooks: functions that a module calls around its forward and its backward.

The order is that of `torch.nn.Module`: forward-pre hooks, the forward, forward hooks; later, when
the gradient of the output is known, full-backward-pre hooks, and when the gradient of the inputs is
known, full-backward hooks. The last two hang on two identity nodes in the autograd graph, one around
the inputs and one around the output ([*Backward hooks execution*](https://docs.pytorch.org/docs/stable/notes/autograd.html#backward-hooks-execution)).
"""

import itertools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from reference_impl.modules.module import Module


class Hook(NamedTuple):
    """A registered function.

    Attributes:
        function: what is called.
        with_kwargs: it is also given the keyword arguments of the call.
        always_call: it is called even where the forward raised.
    """

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


HookTable = OrderedDict[int, Hook]


# --8<-- [start:removable_handle]
class RemovableHandle:
    """Takes one hook out of its table again; as a context manager, at the end of the block.

    Args:
        table: the table in which the hook stands under the handle's `id`.

    >>> from reference_impl.modules import Linear
    >>> layer = Linear(2, 1)
    >>> with layer.register_forward_hook(lambda module, args, out: print("called")):
    ...     _ = layer(torch.zeros(1, 2))
    called
    >>> _ = layer(torch.zeros(1, 2))
    """

    _ids: "ClassVar[itertools.count[int]]" = itertools.count()

    def __init__(self, table: HookTable) -> None:
        self.id = next(self._ids)
        self._table = weakref.ref(table)

    def remove(self) -> None:
        """Remove the hook. A second call does nothing."""
        table = self._table()
        if table is not None:
            table.pop(self.id, None)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


# --8<-- [end:removable_handle]


def register(
    table: HookTable, function: Callable[..., Any], prepend: bool = False, **flags: bool
) -> RemovableHandle:
    """Put a hook at the end of a table, or at its front, and return the handle that removes it."""
    handle = RemovableHandle(table)
    table[handle.id] = Hook(function, **flags)
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


@dataclass
class Call:
    """One call of a module, with its hooks.

    Args:
        module: the module that is called.
        args: the positional arguments; a forward-pre hook may replace them.
        kwargs: the keyword arguments; a forward-pre hook with `with_kwargs` may replace them.
        result: what forward returned, or what a forward hook made of it.
        called: the ids of the forward hooks that have been called.
    """

    module: "Module"
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any = None
    called: set[int] = field(default_factory=set)

    # --8<-- [start:call_run]
    def run(self) -> "Any":  # noqa: ANN401 - what forward returns
        """Call the hooks and the forward, in their order."""
        module, watch = self.module, None
        if module._backward_hooks or module._backward_pre_hooks:
            watch = BackwardWatch(module)
        self.run_pre_hooks()
        if watch:
            self.args = watch.around_inputs(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        self.run_forward_hooks()
        if watch:
            self.result = watch.around_output(self.result)
        return self.result

    # --8<-- [end:call_run]

    # --8<-- [start:call_hooks]
    def run_pre_hooks(self) -> None:
        """Call the forward-pre hooks; each sees the arguments as the one before left them."""
        for hook in list(self.module._forward_pre_hooks.values()):
            if hook.with_kwargs:
                new = hook.function(self.module, self.args, self.kwargs)
                if new is not None and not (isinstance(new, tuple) and len(new) == 2):
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {new}."
                    )
                self.args, self.kwargs = (self.args, self.kwargs) if new is None else new
            else:
                new = hook.function(self.module, self.args)
                if new is not None:
                    self.args = new if isinstance(new, tuple) else (new,)

    def run_forward_hooks(self) -> None:
        """Call the forward hooks; each sees the result as the one before left it."""
        for key, hook in list(self.module._forward_hooks.items()):
            self.called.add(key)
            self.run_forward_hook(hook)

    def run_forward_hook(self, hook: "Hook") -> None:
        """Call one forward hook, and take what it returns as the result."""
        kwargs = (self.kwargs,) if hook.with_kwargs else ()
        new = hook.function(self.module, self.args, *kwargs, self.result)
        if new is not None:
            self.result = new

    # --8<-- [end:call_hooks]

    def run_missed_hooks(self) -> None:
        """After an error: call the `always_call` hooks that have not been called yet."""
        for key, hook in list(self.module._forward_hooks.items()):
            if hook.always_call and key not in self.called:
                try:
                    self.run_forward_hook(hook)
                except Exception as error:  # noqa: BLE001 - the first error is the one to report
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was "
                        f"silenced as another error was raised in forward: {error}",
                        stacklevel=2,
                    )


# --8<-- [start:identity]
class Identity(torch.autograd.Function):
    """Hands tensors on as they are, so that one node of the graph stands for all of them."""

    @staticmethod
    def forward(ctx: "Any", *tensors: "Tensor") -> "tuple[Tensor, ...]":  # noqa: ANN401 - torch's context
        """Return the tensors; those that need no gradient stay so."""
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: "Any", *grads: "Tensor") -> "tuple[Tensor, ...]":  # noqa: ANN401 - torch's context
        """Return the gradients."""
        return grads


# --8<-- [end:identity]


class BackwardWatch:
    """Calls the full-backward hooks of one call of a module.

    The hooks are those registered when the call begins: one that is registered after the forward
    does not see that forward's backward, one that is removed after it still does.

    Args:
        module: the module that is called.
    """

    def __init__(self, module: "Module") -> None:
        self.module = module
        self.pre_hooks = [hook.function for hook in module._backward_pre_hooks.values()]
        self.hooks = [hook.function for hook in module._backward_hooks.values()]
        self.n_inputs = 0
        self.input_places: list[int] | None = None
        self.output_places: list[int] = []
        self.n_outputs = 0
        self.grad_outputs: Any = None

    # --8<-- [start:around]
    def around_inputs(self, args: "tuple[Any, ...]") -> "tuple[Any, ...]":
        """Return the arguments, their tensors behind an identity node that calls the hooks."""
        self.n_inputs = len(args)
        args, places, node = through_identity(args)
        if node is not None:
            self.input_places = places
            node.register_hook(self.on_grad_inputs)
        return args

    def around_output(self, result: "Any") -> "Any":  # noqa: ANN401 - a module may return anything
        """Return the result, its tensors behind an identity node that calls the pre-hooks."""
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=2,
            )
        several = result if isinstance(result, tuple) else (result,)
        self.n_outputs = len(several)
        several, self.output_places, node = through_identity(several)
        if node is not None:
            node.register_hook(self.on_grad_outputs)
        return several if isinstance(result, tuple) else several[0]

    # --8<-- [end:around]

    # --8<-- [start:on_grads]
    def on_grad_outputs(self, _: "Any", grads: "Any") -> "Any":  # noqa: ANN401 - what torch gives a node's hook
        """The gradient of the output is known: call the pre-hooks, and hand on what they return."""
        self.grad_outputs = spread(grads, self.output_places, self.n_outputs)
        for hook in self.pre_hooks:
            new = hook(self.module, self.grad_outputs)
            if new is not None:
                check_count("Backward pre hook", "grad_output", new, self.grad_outputs)
                self.grad_outputs = new
        outgoing = tuple(self.grad_outputs[place] for place in self.output_places)
        if self.input_places is None:
            self.without_inputs()
        return outgoing

    def on_grad_inputs(self, grads: "Any", _: "Any") -> "Any":  # noqa: ANN401 - what torch gives a node's hook
        """The gradient of the inputs is known: call the hooks, and hand on what they return."""
        if self.grad_outputs is None:  # the gradient came past the module's output
            return None
        places = self.input_places or []
        grad_inputs = spread(grads, places, self.n_inputs)
        for hook in self.hooks:
            new = hook(self.module, grad_inputs, self.grad_outputs)
            if new is not None:
                check_count("Backward hook", "grad_input", new, grad_inputs)
                grad_inputs = new
        self.grad_outputs = None
        return tuple(grad_inputs[place] for place in places)

    # --8<-- [end:on_grads]

    def without_inputs(self) -> None:
        """No input requires a gradient: call the hooks at once, with none."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module "
            "outputs since no inputs require gradients.",
            stacklevel=2,
        )
        none = (None,) * self.n_inputs
        for hook in self.hooks:
            new = hook(self.module, none, self.grad_outputs)
            if new is not None and not (isinstance(new, tuple) and set(new) <= {None}):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    f"return None or None for all gradients, got {new}"
                )
        self.grad_outputs = None


def through_identity(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[int], Any]:
    """Pass the tensors among the values through one `Identity` node.

    Returns:
        The values, the places of the tensors among them, and the node: `None` where nothing is
        recorded, and then the values are those that came.
    """
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    recorded = any(values[i].requires_grad for i in places) and torch.is_grad_enabled()
    if not recorded:
        return values, places, None
    passed: tuple[Tensor, ...] = cast("Any", Identity).apply(*[values[i] for i in places])
    replaced = list(values)
    for place, tensor in zip(places, passed, strict=True):
        replaced[place] = tensor
    node = next(tensor.grad_fn for tensor in passed if tensor.grad_fn is not None)
    named = type(values) is not tuple  # a named tuple takes its fields one by one
    return (type(values)(*replaced) if named else tuple(replaced)), places, node


def spread(grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    """Return `count` entries: the gradients at their places, `None` for what is no tensor."""
    known = dict(zip(places, grads, strict=True))
    return tuple(known.get(place) for place in range(count))


def check_count(what: str, which: str, new: tuple[Any, ...], old: tuple[Any, ...]) -> None:
    """Raise unless a hook returned as many gradients as it was given.

    Raises:
        RuntimeError: it returned more or fewer.
    """
    if len(new) != len(old):
        raise RuntimeError(
            f"{what} returned an invalid number of {which}, got {len(new)}, but expected {len(old)}"
        )
