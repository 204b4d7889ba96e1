"""A tensor: a NumPy array that may remember how it was computed."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from reference_impl.autograd import engine, ops, views
from reference_impl.autograd.grad_mode import enable_grad, is_grad_enabled
from reference_impl.autograd.graph import AccumulateGrad, CopySlices, Node, View
from reference_impl.autograd.indexing import split_index

_AMBIGUOUS = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. Make both the view "
    "and the in-place change under no_grad, or both outside."
)


# What a tensor can be made of: an array, or numbers in (lists of) lists.
Data = npt.ArrayLike | int | float | Sequence[Any]


class Maximum(NamedTuple):
    """What `Tensor.max(dim)` returns.

    Attributes:
        values: the maxima; their gradient goes to the element that was picked.
        indices: where each was found: the first, if there are several.

    >>> Tensor([[1.0, 4.0], [3.0, 2.0]]).max(dim=1).values
    Tensor([4., 3.])
    """

    values: "Tensor"
    indices: "Tensor"


class Version:
    """How many times some memory was written to; shared by all the tensors over that memory."""

    def __init__(self) -> None:
        self.value = 0


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook off again.

    >>> w = Tensor([1.0], requires_grad=True)
    >>> handle = w.register_hook(lambda grad: grad * 10)
    >>> w.sum().backward()
    >>> handle.remove()
    >>> w.sum().backward()
    >>> w.grad
    Tensor([11.])
    """

    _keys = itertools.count()

    def __init__(self, hooks: dict[int, Any], hook: Callable[..., Any]) -> None:
        self.hooks = hooks
        self.key = next(self._keys)
        hooks[self.key] = hook

    def remove(self) -> None:
        """Take the hook off; a second time does nothing."""
        self.hooks.pop(self.key, None)


class Tensor:
    """An array and its place on the tape.

    A tensor that no recorded operation made is a *leaf*. Backward adds to `.grad` of the leaves
    that require one; the others pass their gradient on and forget it, unless `retain_grad` asks.

    Args:
        data: a NumPy array, whose memory is then shared; or numbers in lists (float64).
        requires_grad: record what is computed from this tensor.
        dtype: convert to this dtype; by default the array's own.

    Raises:
        RuntimeError: `requires_grad` for an array that is not floating point.

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    Tensor([2., 4.])
    >>> loss.is_leaf, loss.grad_fn
    (False, <SumBackward>)
    """

    __array_ufunc__ = None  # `array * tensor` is ours to refuse, not NumPy's to spread

    def __init__(
        self, data: Data, requires_grad: bool = False, dtype: npt.DTypeLike | None = None
    ) -> None:
        self.data: npt.NDArray[Any] = np.asarray(data, dtype=dtype)
        self._requires_grad = False
        self._grad: Tensor | None = None
        self._grad_fn: Node | None = None
        self._accumulator: AccumulateGrad | None = None
        self._counter = Version()
        self._view: View | None = None
        if requires_grad:
            self.requires_grad_()

    def new(self, array: npt.ArrayLike) -> "Tensor":
        """Return a tensor of the same class over `array`, with no history."""
        return type(self)(array)

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the size of each dimension."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Return the number of dimensions."""
        return self.data.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype."""
        return self.data.dtype

    def numel(self) -> int:
        """Return the number of elements."""
        return self.data.size

    def item(self) -> int | float:
        """Return the only element as a Python number.

        Raises:
            RuntimeError: there is not exactly one element.
        """
        if self.numel() != 1:
            raise RuntimeError(
                f"a Tensor with {self.numel()} elements cannot be converted to Scalar"
            )
        number: int | float = self.data.item()
        return number

    def numpy(self) -> npt.NDArray[Any]:
        """Return the array itself, not a copy. Writing to it is not seen by the version counter.

        Raises:
            RuntimeError: the tensor requires a gradient.
        """
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        return self.data

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.data)

    def __repr__(self) -> str:
        array = np.array2string(self.data, separator=", ", prefix="Tensor(")
        history = f", grad_fn={self.grad_fn}" if self.grad_fn else ""
        flag = ", requires_grad=True" if self.requires_grad and not history else ""
        return f"Tensor({array}{history or flag})"

    def describe(self) -> str:
        """Return dtype, shape and origin, for an error message."""
        maker = f", which is output 0 of {self.grad_fn.operation}," if self.grad_fn else ""
        return f"[{self.dtype} Tensor {list(self.shape)}]{maker}"

    # Its place on the tape

    # --8<-- [start:flags]
    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self.grad_fn is None

    @property
    def requires_grad(self) -> bool:
        """Whether what is computed from this tensor is recorded."""
        of_base = self._view is not None and self._view.base.requires_grad
        return self._requires_grad or self._grad_fn is not None or of_base

    # --8<-- [end:flags]

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        self.requires_grad_(value)

    def requires_grad_(self, value: bool = True) -> "Tensor":
        """Set `requires_grad` of a leaf and return the tensor.

        Raises:
            RuntimeError: the tensor is not a leaf and `value` is false; or it is not floating.
        """
        if not self.is_leaf and not value:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
        if value and self.dtype.kind != "f":
            raise RuntimeError(
                f"only Tensors of floating point dtype can require gradients, got {self.dtype}"
            )
        if self.is_leaf:
            self._requires_grad = value
        return self

    # --8<-- [start:grad_fn]
    @property
    def grad_fn(self) -> "Node | None":
        """The node that made this tensor; `None` for a leaf.

        A view whose memory was written to since it was made has its node made anew: from what
        is now the node of its base.
        """
        view = self._view
        if view is None or (self._grad_fn is None and not view.base.requires_grad):
            return self._grad_fn
        if view.version != self._version:
            if not view.recorded:
                raise RuntimeError(
                    "A view was created in no_grad mode and its base or another view of its base "
                    f"has been modified inplace with grad mode enabled. {_AMBIGUOUS}"
                )
            with enable_grad():
                anew = view.replay(view.base)._grad_fn
            self._move_history(anew or self._grad_fn)
            view.version = self._version
        return self._grad_fn

    # --8<-- [end:grad_fn]

    @property
    def grad(self) -> "Tensor | None":
        """The gradient added up so far, or `None`.

        Raises:
            TypeError: what is assigned is neither a tensor nor `None`, or has another dtype.
            RuntimeError: what is assigned has another shape.
        """
        return self._grad

    @grad.setter
    def grad(self, value: "Tensor | None") -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got {value!r}")
            if value.shape != self.shape or value.dtype != self.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.shape)}' and dtype "
                    f"{value.dtype} to a tensor of size '{list(self.shape)}' and dtype {self.dtype}"
                )
        self._grad = value

    @property
    def _version(self) -> int:
        return self._counter.value

    # --8<-- [start:edge]
    def _edge(self) -> "Node | None":
        """Return where this tensor's gradient goes: its maker, or for a leaf the adder."""
        if self.grad_fn is not None:
            return self.grad_fn
        if self._requires_grad and self._accumulator is None:
            self._accumulator = AccumulateGrad(self)
        return self._accumulator if self._requires_grad else None

    # --8<-- [end:edge]

    def _move_history(self, node: "Node | None") -> None:
        if node is not None and self._grad_fn not in (None, node):
            node.retained, self._grad_fn.retained = self._grad_fn.retained, None
        self._grad_fn = node

    def _set_history(self, node: "Node") -> None:
        if self._view is None:
            self._move_history(node)
        else:
            base = self._view.base
            base._set_history(CopySlices(base, self._view, node))

    # --8<-- [start:detach]
    def detach(self) -> "Tensor":
        """Return a leaf over the same memory, with the same version counter and no history."""
        out = self.new(self.data)
        out._counter = self._counter
        return out

    # --8<-- [end:detach]

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor in `.grad` though it is not a leaf.

        Raises:
            RuntimeError: the tensor requires no gradient.
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.grad_fn is not None:
            self.grad_fn.retained = self

    def register_hook(self, hook: "Callable[[Tensor], Tensor | None]") -> RemovableHandle:
        """Call `hook` with this tensor's gradient, once it is complete, in every backward.

        Args:
            hook: if it returns a tensor, that replaces the gradient from there on.

        Raises:
            RuntimeError: the tensor requires no gradient.

        >>> x = Tensor([1.0], requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 3).sum().backward()
        >>> x.grad
        Tensor([30.])
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        edge = self._edge()  # a view made under no_grad has none: its hook never runs
        return RemovableHandle({} if edge is None else edge.hooks, hook)

    def register_post_accumulate_grad_hook(
        self, hook: "Callable[[Tensor], None]"
    ) -> RemovableHandle:
        """Call `hook` with this leaf each time a gradient has been added to its `.grad`.

        Raises:
            RuntimeError: the tensor requires no gradient, or is not a leaf.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        edge = self._edge()
        if edge is not self._accumulator:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        return RemovableHandle(self._accumulator.post_hooks if self._accumulator else {}, hook)

    def backward(
        self,
        gradient: "Tensor | None" = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add the gradients to `.grad` of the leaves; see `reference_impl.autograd.backward`."""
        engine.backward(self, gradient, retain_graph, create_graph)

    # Operations that give a new tensor; `ops` documents each

    exp = ops.exp
    log = ops.log
    tanh = ops.tanh
    sigmoid = ops.sigmoid
    relu = ops.relu
    clone = ops.clone
    softmax = ops.softmax
    log_softmax = ops.log_softmax
    sum = ops.total
    mean = ops.mean
    amax = ops.amax
    reshape = views.reshape
    view = views.view
    permute = views.permute
    transpose = views.transpose
    expand = views.expand
    __neg__ = ops.neg
    __getitem__ = views.getitem

    @overload
    def max(self) -> "Tensor": ...
    @overload
    def max(self, dim: int, keepdim: bool = False) -> Maximum: ...

    def max(self, dim: int | None = None, keepdim: bool = False) -> "Tensor | Maximum":
        """Return the maximum of all elements; or along `dim`, the maxima and where they are.

        Where maxima are equal, the gradient is shared evenly by `max()` and by `amax`, but goes
        to the one element that was picked by `max(dim)`. PyTorch does the same.

        Raises:
            IndexError: a dimension to be reduced is empty, or `dim` is out of range.
            RuntimeError: `max()` of a tensor without elements.

        >>> x = Tensor([[2.0, 2.0, 1.0]], requires_grad=True)
        >>> x.max().backward()
        >>> x.grad
        Tensor([[0.5, 0.5, 0. ]])
        >>> x.max(1)
        Maximum(values=Tensor([2.], grad_fn=<IndexBackward>), indices=Tensor([0]))
        """
        if dim is None:
            return ops.amax(self)
        axis, *_ = (*ops.axes_of(self, dim), 0)
        found = ops.argmax(self, axis)
        if not self.ndim:
            return Maximum(self[None][[0]][0], self.new(found))
        grid = np.ogrid[tuple(slice(size) for size in found.shape)]
        index = (*grid[:axis], found, *grid[axis:])
        values = self[index] if self.ndim > 1 else self[found[None]][0]
        if keepdim:
            kept = (*self.shape[:axis], 1, *self.shape[axis + 1 :])
            return Maximum(values.reshape(kept), self.new(found.reshape(kept)))
        return Maximum(values, self.new(found))

    @property
    def T(self) -> "Tensor":  # noqa: N802 - the name of the transpose in NumPy and PyTorch
        """The dimensions in reverse order, as a view."""
        return self.permute(*reversed(range(self.ndim)))

    @property
    def mT(self) -> "Tensor":  # noqa: N802 - the name of the matrix transpose in PyTorch
        """The last two dimensions exchanged, as a view."""
        return self.transpose(-2, -1)

    # Operators

    def _operand(self, other: "Tensor | int | float") -> "Tensor":
        """Return `other` as a tensor: a number takes this tensor's dtype.

        Raises:
            TypeError: `other` is neither a tensor nor a number, or has another dtype.
        """
        if isinstance(other, Real):
            return self.new(np.asarray(other, self.dtype if self.dtype.kind == "f" else None))
        if not isinstance(other, Tensor):
            raise TypeError(f"expected a Tensor or a number, got {type(other).__name__}")
        if other.dtype != self.dtype:
            raise TypeError(f"expected an operand of dtype {self.dtype}, got {other.dtype}")
        return other

    def _fitting(self, other: "Tensor | int | float") -> "Tensor":
        """Return `other` as a tensor that broadcasts with this one.

        Raises:
            TypeError: as `_operand`.
            RuntimeError: the shapes do not broadcast.
        """
        operand = self._operand(other)
        try:
            np.broadcast_shapes(self.shape, operand.shape)
        except ValueError:
            raise RuntimeError(
                f"The size of tensor a {list(self.shape)} must match the size of tensor b "
                f"{list(operand.shape)} where neither is 1"
            ) from None
        return operand

    def __add__(self, other: "Tensor | int | float") -> "Tensor":
        return ops.add(self, self._fitting(other))

    def __radd__(self, other: int | float) -> "Tensor":
        return ops.add(self._fitting(other), self)

    def __sub__(self, other: "Tensor | int | float") -> "Tensor":
        return ops.sub(self, self._fitting(other))

    def __rsub__(self, other: int | float) -> "Tensor":
        return ops.sub(self._fitting(other), self)

    def __mul__(self, other: "Tensor | int | float") -> "Tensor":
        return ops.mul(self, self._fitting(other))

    def __rmul__(self, other: int | float) -> "Tensor":
        return ops.mul(self._fitting(other), self)

    def __truediv__(self, other: "Tensor | int | float") -> "Tensor":
        return ops.div(self, self._fitting(other))

    def __rtruediv__(self, other: int | float) -> "Tensor":
        return ops.div(self._fitting(other), self)

    def __pow__(self, other: "Tensor | int | float") -> "Tensor":
        return ops.power(self, self._fitting(other))

    def __rpow__(self, other: int | float) -> "Tensor":
        return ops.power(self._fitting(other), self)

    def __matmul__(self, other: "Tensor") -> "Tensor":
        return ops.matmul(self, self._operand(other))

    # In-place operations

    # --8<-- [start:in_place]
    def _in_place(self, operation: "Callable[..., Tensor]", *others: "Tensor") -> "Tensor":
        """Write `operation(self, *others)` into this tensor's memory, and take its history."""
        self._check_in_place(*others)
        before = self.new(self.data.copy())
        before._grad_fn = self.grad_fn if is_grad_enabled() else None
        after = operation(before, *others)
        if after.shape != self.shape:
            raise RuntimeError(
                f"output with shape {list(self.shape)} doesn't match the broadcast shape "
                f"{list(after.shape)}"
            )
        self.data[...] = after.data
        self._counter.value += 1
        if after._grad_fn is not None:
            after._grad_fn.replace_saved(after, self)
            self._set_history(after._grad_fn)
        return self

    # --8<-- [end:in_place]

    # --8<-- [start:check_in_place]
    def _check_in_place(self, *others: "Tensor") -> None:
        """Refuse to write where the tape could not follow.

        Raises:
            RuntimeError: this is a leaf that requires a gradient, or a view of one, or a view made
                under `no_grad`; or its memory holds an element twice or is read-only.
        """
        if not self.data.flags.writeable:
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location (or it is read-only). Please clone() the tensor first."
            )
        if not is_grad_enabled() or not any(t.requires_grad for t in (self, *others)):
            return
        if self._view is not None and not self._view.recorded:
            raise RuntimeError(
                "A view was created in no_grad mode and is being modified inplace with grad mode "
                f"enabled. {_AMBIGUOUS}"
            )
        if self.requires_grad and self._view is not None and self._view.base.is_leaf:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
        if self.requires_grad and self.is_leaf:
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation."
            )

    # --8<-- [end:check_in_place]

    def add_(self, other: "Tensor | int | float") -> "Tensor":
        """Add in place."""
        return self._in_place(ops.add, self._fitting(other))

    def sub_(self, other: "Tensor | int | float") -> "Tensor":
        """Subtract in place."""
        return self._in_place(ops.sub, self._fitting(other))

    def mul_(self, other: "Tensor | int | float") -> "Tensor":
        """Multiply in place."""
        return self._in_place(ops.mul, self._fitting(other))

    def div_(self, other: "Tensor | int | float") -> "Tensor":
        """Divide in place."""
        return self._in_place(ops.div, self._fitting(other))

    def exp_(self) -> "Tensor":
        """Replace each element by its exponential."""
        return self._in_place(ops.exp)

    def relu_(self) -> "Tensor":
        """Replace each negative element by 0."""
        return self._in_place(ops.relu)

    def copy_(self, value: "Tensor | int | float") -> "Tensor":
        """Replace all elements by those of `value`, which may broadcast."""
        return self._in_place(views.overwrite, self._operand(value))

    def fill_(self, value: "Tensor | int | float") -> "Tensor":
        """Replace every element by one number.

        Raises:
            RuntimeError: `value` is a tensor with dimensions.
        """
        operand = self._operand(value)
        if operand.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{operand.ndim} dimensions."
            )
        return self._in_place(views.overwrite, operand)

    def zero_(self) -> "Tensor":
        """Replace every element by 0."""
        return self.fill_(0)

    def __setitem__(self, index: Any, value: "Tensor | int | float") -> None:  # noqa: ANN401 - Python allows anything
        basic, axes, rows = split_index(index, self.shape)
        operand = self._operand(value)
        if rows is None:
            views.take_slice(self, basic).copy_(operand)
            return
        selected = any(item != slice(None) for item in basic)
        target = views.take_slice(self, basic) if selected else self
        places = self.new(rows)
        target._in_place(lambda x, value: views.put(x, value, axes, places), operand)

    def __iadd__(self, other: "Tensor | int | float") -> "Tensor":
        return self.add_(other)

    def __isub__(self, other: "Tensor | int | float") -> "Tensor":
        return self.sub_(other)

    def __imul__(self, other: "Tensor | int | float") -> "Tensor":
        return self.mul_(other)

    def __itruediv__(self, other: "Tensor | int | float") -> "Tensor":
        return self.div_(other)
