"""The tape: a node for every recorded operation, and what it keeps for the way back.

A forward pass leaves behind a graph whose edges point from results to inputs. Each node can
turn the gradient of its result into the gradients of its inputs (a vector-Jacobian product).
Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3, call this the reverse mode;
Baydin et al., [*Automatic Differentiation in Machine Learning: a Survey*](https://arxiv.org/abs/1502.05767),
section 3.2, is the shortest account. Saved tensors and their version check follow
[PyTorch, *Autograd mechanics*](https://docs.pytorch.org/docs/stable/notes/autograd.html#saved-tensors).
"""

# --8<-- [start:imports]
import itertools

# --8<-- [end:imports]
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference_impl.autograd.grad_mode import is_grad_enabled

if TYPE_CHECKING:
    from reference_impl.autograd.tensor import Tensor

SECOND_TIME = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you "
    "call .backward() or grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time."
)


# --8<-- [start:saved_tensor]
class SavedTensor:
    """A tensor kept for the backward pass, with the version it had when it was kept."""

    def __init__(self, tensor: "Tensor") -> None:
        self.tensor: Tensor | None = tensor
        self.version = tensor._version

    def unpack(self) -> "Tensor":
        """Return the tensor.

        Raises:
            RuntimeError: it has been released, or written to since it was saved.
        """
        if self.tensor is None:
            raise RuntimeError(SECOND_TIME)
        if self.tensor._version != self.version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an "
                f"inplace operation: {self.tensor.describe()} is at version "
                f"{self.tensor._version}; expected version {self.version} instead."
            )
        return self.tensor

    def release(self) -> None:
        """Let go of the tensor."""
        self.tensor = None


# --8<-- [end:saved_tensor]


# --8<-- [start:wrt]
class Wrt:
    """The partial derivative of an operation with respect to one of its inputs.

    Args:
        tensor: the input.
        vjp: the formula: from the gradient of the result, and the saved tensors, to the gradient
            of the input.
        saved: the tensors that the formula needs. They are kept only if the input needs a gradient.
    """

    def __init__(self, tensor: "Tensor", vjp: "Callable[..., Tensor]", *saved: "Tensor") -> None:
        self.tensor = tensor
        self.vjp = vjp
        self.saved = saved


def record(name: str, out: "Tensor", *partials: "Wrt") -> "Tensor":
    """Write the operation that computed `out` on the tape, if anything asks for it."""
    if is_grad_enabled() and any(partial.tensor.requires_grad for partial in partials):
        out._set_history(Operation(name, out.shape, partials))
    return out


# --8<-- [end:wrt]


# --8<-- [start:node]
class Node:
    """One entry of the tape: knows its inputs' nodes and how to send a gradient to them.

    Args:
        name: what `name()` returns, less the word Backward.
        shape: the shape of the result, so of the gradient that comes in.
        inputs: the node of each input, or `None` for an input that needs no gradient.

    >>> from reference_impl.autograd import Tensor
    >>> y = Tensor([2.0], requires_grad=True) * Tensor([3.0])
    >>> y.grad_fn.name(), y.grad_fn.next_functions
    ('MulBackward', ((<AccumulateGrad>, 0), (None, 0)))
    """

    _clock = itertools.count()

    def __init__(
        self, name: str, shape: tuple[int, ...], inputs: "Sequence[Node | None]" = ()
    ) -> None:
        self.operation = name
        self.shape = shape
        self.inputs = tuple(inputs)
        self.sequence: float = next(self._clock)
        self.hooks: dict[int, Callable[[Tensor], Tensor | None]] = {}
        self.retained: Tensor | None = None

    @property
    def next_functions(self) -> "tuple[tuple[Node | None, int], ...]":
        """Return the inputs' nodes as PyTorch does: pairs with the number of their output, 0."""
        return tuple((node, 0) for node in self.inputs)

    def name(self) -> str:
        """Return the name, such as `MulBackward`."""
        return f"{self.operation}Backward"

    def apply(self, grad: "Tensor") -> "Sequence[Tensor | None]":
        """Return the gradient of each input, given the gradient of the result."""
        raise NotImplementedError

    def replace_saved(self, old: "Tensor", new: "Tensor") -> None:
        """Where `old` was saved, save `new`, at the version it has now."""

    def release(self) -> None:
        """Let go of the saved tensors."""

    def __lt__(self, other: "Node") -> bool:
        return self.sequence > other.sequence  # a heap of nodes gives the newest first

    def __repr__(self) -> str:
        return f"<{self.name()}>"


# --8<-- [end:node]


class Operation(Node):
    """The node of a built-in operation: one formula for each input."""

    def __init__(self, name: str, shape: tuple[int, ...], partials: Sequence[Wrt]) -> None:
        super().__init__(name, shape, [partial.tensor._edge() for partial in partials])
        self._vjps = [partial.vjp for partial in partials]
        self._saved = [
            [SavedTensor(tensor) for tensor in partial.saved] if node else []
            for node, partial in zip(self.inputs, partials, strict=True)
        ]

    # --8<-- [start:operation_apply]
    def apply(self, grad: "Tensor") -> "Sequence[Tensor | None]":
        """Return the gradient of each input: its formula, on what it saved."""
        return [
            vjp(grad, *[item.unpack() for item in saved]) if node else None
            for node, vjp, saved in zip(self.inputs, self._vjps, self._saved, strict=True)
        ]

    # --8<-- [end:operation_apply]

    def replace_saved(self, old: "Tensor", new: "Tensor") -> None:
        """Where `old` was saved, save `new`: an in-place operation keeps its result."""
        self._saved = [
            [SavedTensor(new) if item.tensor is old else item for item in saved]
            for saved in self._saved
        ]

    def release(self) -> None:
        """Let go of the saved tensors."""
        for item in itertools.chain(*self._saved):
            item.release()


class AccumulateGrad(Node):
    """The node of a leaf: the end of the way back, where a gradient is added to `.grad`.

    >>> from reference_impl.autograd import Tensor
    >>> w = Tensor([2.0], requires_grad=True)
    >>> (w * w).grad_fn.next_functions[0][0].variable is w
    True
    """

    def __init__(self, variable: "Tensor") -> None:
        super().__init__("AccumulateGrad", variable.shape)
        self.sequence = math.inf  # as soon as its gradient is complete, before any other node
        self.variable = variable
        self.post_hooks: dict[int, Callable[[Tensor], None]] = {}

    def name(self) -> str:
        """Return the name, which has no Backward in it."""
        return self.operation

    # --8<-- [start:accumulate_grad]
    def apply(self, grad: "Tensor") -> "Sequence[Tensor | None]":
        """Add `grad` to the leaf's `.grad`: into the same array, unless the sum is recorded.

        A leaf that has stopped requiring a gradient since gets none.

        Raises:
            RuntimeError: it has been the result of an in-place operation since.
        """
        leaf = self.variable
        if not leaf.is_leaf:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        if not leaf.requires_grad:
            return ()
        if leaf.grad is None:
            leaf.grad = grad.clone()
        elif is_grad_enabled():
            leaf.grad = leaf.grad + grad
        else:
            leaf.grad.add_(grad)
        for hook in list(self.post_hooks.values()):
            hook(leaf)
        return ()

    # --8<-- [end:accumulate_grad]


@dataclass
class View:
    """How a tensor came to share another's memory.

    Args:
        base: the tensor that owns the memory; never itself a view.
        replay: the steps from `base` to the view, to be repeated on a tensor like `base`.
        version: the version at which the view's `grad_fn` was last right.
        recorded: false for a view made under `no_grad`, which cannot be repeated on the tape.
    """

    base: "Tensor"
    replay: "Callable[[Tensor], Tensor]"
    version: int
    recorded: bool


# --8<-- [start:copy_slices]
class CopySlices(Node):
    """The node of a base after an in-place operation on one of its views.

    The elements outside the view pass their gradient on; those inside send it through the
    operation first.

    >>> from reference_impl.autograd import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True).clone()
    >>> x[0] *= 5
    >>> x.grad_fn
    <CopySlices>
    """

    def __init__(self, base: "Tensor", view: "View", operation: "Node") -> None:
        super().__init__("CopySlices", base.shape, (base._edge(), *operation.inputs[1:]))
        self.layout = base.data.strides
        self.replay = view.replay
        self.inner: Node | None = operation

    def apply(self, grad: "Tensor") -> "Sequence[Tensor | None]":
        """Return the gradient of the old base, then of the operation's other inputs."""
        if self.inner is None:
            raise RuntimeError(SECOND_TIME)
        whole = grad.clone(self.layout)
        inside, *others = self.inner.apply(self.replay(whole).clone())
        if inside is None:
            return (None, *others)
        self.replay(whole).copy_(inside)
        return (whole, *others)

    # --8<-- [end:copy_slices]

    def name(self) -> str:
        """Return the name, which has no Backward in it."""
        return self.operation

    def release(self) -> None:
        """Let go of the operation."""
        self.inner = None
