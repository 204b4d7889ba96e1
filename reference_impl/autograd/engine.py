"""The way back: send gradients from the outputs through the tape.

Every node runs once, after all the nodes that use its result: only then is its gradient complete.
Of the nodes that are ready the newest goes first, as in PyTorch's engine
([*Autograd mechanics*](https://docs.pytorch.org/docs/stable/notes/autograd.html);
`torch/csrc/autograd/engine.cpp`), so hooks run in the same order.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impl.autograd.grad_mode import set_grad_enabled
from reference_impl.autograd.graph import Node

if TYPE_CHECKING:
    from reference_impl.autograd.tensor import Tensor


# --8<-- [start:unbroadcast]
def unbroadcast(grad: "Tensor", shape: tuple[int, ...]) -> "Tensor":
    """Sum `grad` down to `shape`: what broadcasting copied out, the gradient adds up.

    Args:
        grad: the gradient, in the broadcast shape.
        shape: the input's own shape.

    Raises:
        RuntimeError: `shape` does not broadcast to the shape of `grad`.

    >>> from reference_impl.autograd import Tensor
    >>> unbroadcast(Tensor(np.ones((4, 2, 3))), (2, 1))
    Tensor([[12.],
            [12.]])
    """
    if grad.shape == shape:
        return grad
    new = grad.ndim - len(shape)
    if new < 0 or any(size not in (1, grad.shape[new + i]) for i, size in enumerate(shape)):
        raise RuntimeError(
            f"got {list(grad.shape)} but expected shape compatible with {list(shape)}"
        )
    stretched = [new + i for i, size in enumerate(shape) if size != grad.shape[new + i]]
    return grad.sum((*range(new), *stretched), keepdim=True).reshape(shape)


# --8<-- [end:unbroadcast]


# --8<-- [start:reachable]
def reachable(roots: "Collection[Node]") -> "set[Node]":
    """Return every node that can be reached from `roots`, which are among them."""
    found = set(roots)
    frontier = list(found)
    while frontier:
        fresh = {node for node in frontier.pop().inputs if node} - found
        found |= fresh
        frontier += fresh
    return found


def leading_to(targets: "Collection[Node]", nodes: "Collection[Node]") -> "set[Node]":
    """Return those of `nodes` from which some target can be reached in one step or more."""
    found: set[Node] = set()
    for node in sorted(nodes, reverse=True):  # oldest first: inputs before what uses them
        if any(step in found or step in targets for step in node.inputs):
            found.add(node)
    return found


# --8<-- [end:reachable]


# --8<-- [start:run_hooks]
def run_hooks(node: "Node", grad: "Tensor") -> "Tensor":
    """Pass `grad` through the hooks of a tensor, in order, then keep it if `retain_grad` asks.

    Raises:
        TypeError: a hook returned something that is neither a tensor nor `None`.
        RuntimeError: a hook returned a gradient of another shape.
    """
    for hook in list(node.hooks.values()):
        new = hook(grad)
        if new is None:
            continue
        if not isinstance(new, type(grad)):
            raise TypeError(f"expected Tensor or None, but hook returned {type(new).__name__!r}")
        if new.shape != grad.shape:
            raise RuntimeError(f"hook {hook} has changed the size of value: {new.shape}")
        grad = new
    kept = node.retained
    if kept is not None:
        kept.grad = grad.clone() if kept.grad is None else kept.grad + grad
    return grad


# --8<-- [end:run_hooks]


# --8<-- [start:run_node]
def run_node(node: "Node", grad: "Tensor", retain_graph: bool) -> "Sequence[Tensor | None]":
    """Turn the gradient of a node's result into the gradients of its inputs."""
    grads = node.apply(run_hooks(node, grad))
    if not retain_graph:
        node.release()
    try:
        return [
            unbroadcast(grad, source.shape) if source and grad is not None else None
            for source, grad in zip(node.inputs, grads, strict=True)
        ]
    except RuntimeError as error:
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient: {error}"
        ) from None


# --8<-- [end:run_node]


# --8<-- [start:run_backward]
def run_backward(
    roots: "Sequence[tuple[Node, Tensor]]",
    targets: "Collection[Node] | None",
    retain_graph: bool,
    create_graph: bool,
) -> "dict[Node, Tensor]":
    """Send the gradients of `roots` back, every node after all the nodes that use its result.

    Args:
        roots: nodes to start from, each with the gradient of its result.
        targets: nodes whose gradient is wanted; `None` runs the whole graph down to the leaves.
        retain_graph: keep the saved tensors for another time.
        create_graph: record the way back, so that it can be differentiated.

    Returns:
        The gradients that arrived at `targets`.
    """
    nodes = reachable([node for node, _ in roots])
    running = nodes if targets is None else leading_to(targets, nodes)
    wanted = running | set(targets or ())
    waiting_for = Counter(source for node in running for source in node.inputs if source)
    ready = [node for node in nodes & wanted if not waiting_for[node]]
    heapify(ready)
    grads: dict[Node, Tensor] = {}
    arrived: dict[Node, Tensor] = {}

    def add(node: "Node", grad: "Tensor") -> None:
        grads[node] = grads[node] + grad if node in grads else grad

    with set_grad_enabled(create_graph):
        for root, first in roots:
            add(root, first)
        while ready:
            node = heappop(ready)
            grad = grads.pop(node, None)
            if targets and node in targets and grad is not None:
                arrived[node] = grad if node in running else run_hooks(node, grad)
            if node not in running:
                continue
            nothing = [None] * len(node.inputs)
            shares = nothing if grad is None else run_node(node, grad, retain_graph)
            for source, share in zip(node.inputs, shares, strict=True):
                if source is None or source not in wanted:
                    continue
                if share is not None:
                    add(source, share)
                waiting_for[source] -= 1
                if not waiting_for[source]:
                    heappush(ready, source)
    return arrived


# --8<-- [end:run_backward]


def _first_gradient(output: "Tensor", gradient: "Tensor | None", index: int) -> "Tensor":
    if gradient is None:
        if output.requires_grad and output.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return output.new(np.ones_like(output.data))
    if not isinstance(gradient, type(output)):
        raise TypeError(f"gradients can be either Tensors or None, got {type(gradient).__name__}")
    if gradient.shape != output.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {list(gradient.shape)} and "
            f"output[{index}] has a shape of {list(output.shape)}."
        )
    return gradient


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _roots(
    outputs: "Tensor | Sequence[Tensor]", gradients: "Tensor | Sequence[Tensor | None] | None"
) -> "list[tuple[Node, Tensor]]":
    listed = _listed(outputs)
    given = [None] * len(listed) if gradients is None else _listed(gradients)
    if len(listed) != len(given):
        raise RuntimeError(f"got {len(listed)} tensors and {len(given)} gradients")
    pairs = enumerate(zip(listed, given, strict=True))
    firsts = [_first_gradient(output, gradient, i) for i, (output, gradient) in pairs]
    roots = []
    for i, (output, first) in enumerate(zip(listed, firsts, strict=True)):
        node = output._edge()
        if node is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn"
            )
        roots.append((node, first))
    return roots


def backward(
    outputs: "Tensor | Sequence[Tensor]",
    gradients: "Tensor | Sequence[Tensor | None] | None" = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Add to `.grad` of every leaf the vector-Jacobian product of `outputs`.

    Args:
        outputs: one tensor or several.
        gradients: the vector: one gradient of the output's shape for each; `None` stands for 1
            and is allowed for an output of one element.
        retain_graph: keep what the graph has saved, to go through it again; defaults to
            `create_graph`.
        create_graph: record the backward pass itself, so that `.grad` can be differentiated.

    Raises:
        RuntimeError: an output has no graph behind it; `None` was given for an output of more
            than one element; a saved tensor was modified, or freed by an earlier backward.

    >>> from reference_impl.autograd import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> backward(x * x, Tensor([1.0, 10.0]))
    >>> x.grad
    Tensor([ 2., 40.])
    """
    keep = create_graph if retain_graph is None else retain_graph
    run_backward(_roots(outputs, gradients), None, keep, create_graph)


def grad(
    outputs: "Tensor | Sequence[Tensor]",
    inputs: "Tensor | Sequence[Tensor]",
    grad_outputs: "Tensor | Sequence[Tensor | None] | None" = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> "tuple[Tensor | None, ...]":
    """Return the gradients of `outputs` with respect to `inputs`; no `.grad` is touched.

    Args:
        outputs: one tensor or several, whose vector-Jacobian products are added up.
        inputs: one tensor or several, leaves or not.
        grad_outputs: as `gradients` of [`backward`][reference_impl.autograd.backward].
        retain_graph: as for `backward`.
        create_graph: as for `backward`: the results can be differentiated again.
        allow_unused: give `None` for an input that the outputs do not depend on.

    Raises:
        RuntimeError: as `backward`; or an input needs no gradient; or one was not used.

    >>> from reference_impl.autograd import Tensor
    >>> x = Tensor(3.0, requires_grad=True)
    >>> (first,) = grad(x**3, x, create_graph=True)
    >>> (second,) = grad(first, x)
    >>> first.item(), second.item()
    (27.0, 18.0)
    """
    roots = _roots(outputs, grad_outputs)
    sources = _listed(inputs)
    if not all(source.requires_grad for source in sources):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    targets = [source._edge() for source in sources]
    arrived = run_backward(roots, {node for node in targets if node}, keep, create_graph)
    results = tuple(arrived.get(node) if node else None for node in targets)
    for i, result in enumerate(results):
        if result is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior."
            )
    return results
