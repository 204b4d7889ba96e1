"""Operations of your own: a forward, and the backward that belongs to it.

The interface is that of `torch.autograd.Function`
([*Extending PyTorch*](https://docs.pytorch.org/docs/stable/notes/extending.html)), for functions
that return one tensor.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reference_impl.autograd.grad_mode import is_grad_enabled, no_grad
from reference_impl.autograd.graph import Node, SavedTensor
from reference_impl.autograd.tensor import Tensor


class Context:
    """What forward leaves for backward; other attributes may be set on it freely.

    Args:
        needs_input_grad: for each argument of forward, whether its gradient is wanted.
    """

    if TYPE_CHECKING:  # any attribute may be set

        def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - whatever forward has set
        def __setattr__(self, name: str, value: Any) -> None: ...  # noqa: ANN401 - likewise

    def __init__(self, needs_input_grad: tuple[bool, ...] = ()) -> None:
        self.needs_input_grad = needs_input_grad
        self._to_save: tuple[Tensor | None, ...] = ()
        self._saved: list[SavedTensor | None] = []

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward: arguments or the result, under a version check.

        Raises:
            TypeError: something else than a tensor or `None`.
        """
        for tensor in tensors:
            if not isinstance(tensor, Tensor | None):
                raise TypeError(
                    f"save_for_backward can only save tensors, got {type(tensor).__name__}"
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """The tensors that forward saved.

        Raises:
            RuntimeError: one was modified since, or all were freed by an earlier backward.
        """
        return tuple(item.unpack() if item else None for item in self._saved)

    def _seal(self) -> None:
        self._saved = [
            SavedTensor(tensor) if tensor is not None else None for tensor in self._to_save
        ]
        self._to_save = ()


class FunctionNode(Node):
    """The node of a custom function: hands the gradient to its `backward`."""

    def __init__(
        self, function: "type[Function]", ctx: Context, out: Tensor, args: Sequence[Any]
    ) -> None:
        inputs = [arg._edge() for arg in args if isinstance(arg, Tensor)]
        super().__init__(function.__name__, out.shape, inputs)
        self.function = function
        self.ctx = ctx
        self.is_tensor = [isinstance(arg, Tensor) for arg in args]

    # --8<-- [start:function_node_apply]
    def apply(self, grad: "Tensor") -> "list[Tensor | None]":
        """Return what the function's backward gives for each tensor argument."""
        given = self.function.backward(self.ctx, grad)
        grads = list(given) if isinstance(given, (tuple, list)) else [given]
        count = len(self.is_tensor)
        if len(grads) < count or any(extra is not None for extra in grads[count:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients "
                f"(expected {count}, got {len(grads)})"
            )
        for i, (item, is_tensor) in enumerate(zip(grads, self.is_tensor, strict=False)):
            if item is not None and not is_tensor:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position "
                    f"{i + 1}, but the corresponding forward input was not a Tensor"
                )
        strange = [type(item).__name__ for item in grads if not isinstance(item, Tensor | None)]
        if strange:
            raise RuntimeError(f"expected Tensor or None (got {strange[0]})")
        return [item for item, is_tensor in zip(grads, self.is_tensor, strict=False) if is_tensor]

    # --8<-- [end:function_node_apply]

    def release(self) -> None:
        """Let go of the saved tensors."""
        for item in self.ctx._saved:
            if item is not None:
                item.release()


class Function:
    """Base class of custom operations: override `forward` and `backward`, call `apply`.

    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = Tensor([2.0], requires_grad=True)
    >>> y = Cube.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (Tensor([8.], grad_fn=<CubeBackward>), Tensor([12.]))
    """

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Tensor:  # noqa: ANN401 - each function has its own arguments
        """Compute the result. Recording is off in here."""
        raise NotImplementedError("You must implement the forward function for custom Function.")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:  # noqa: ANN401 - a gradient, or a tuple of them
        """Return one gradient for each argument of forward, `None` for one that has none."""
        raise NotImplementedError(
            "You must implement the backward method for your custom Function to use it with "
            "backward()."
        )

    # --8<-- [start:function_apply]
    @classmethod
    def apply(cls, *args: "Any") -> "Tensor":  # noqa: ANN401 - each function has its own arguments
        """Run forward, and record one node for all of it.

        Raises:
            TypeError: forward did not return one tensor.
        """
        ctx = Context(tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args))
        with no_grad():
            out = cls.forward(ctx, *args)
            if not isinstance(out, Tensor):
                raise TypeError(f"expected forward to return a Tensor, got {type(out).__name__}")
            if any(out is arg for arg in args):
                out = out[...]
        if is_grad_enabled() and any(ctx.needs_input_grad):
            out._grad_fn = FunctionNode(cls, ctx, out, args)
            ctx._seal()
        return out

    # --8<-- [end:function_apply]
