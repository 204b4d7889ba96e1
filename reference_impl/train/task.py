"""What a training program needs to know about a task, and nothing else."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.utils.data import Dataset, default_collate

from reference_impl.train.config import RunError

Batch = Any


def first_dimension(batch: Batch) -> int:
    """Count the items of a batch by its first tensor.

    Args:
        batch: a tensor, or a dict, list or tuple of them, each of shape (items, ...).

    Returns:
        The number of items.

    Raises:
        TypeError: there is no tensor in it.

    Examples:
        >>> import torch
        >>> first_dimension((torch.zeros(4, 2), torch.zeros(4)))
        4
    """
    if isinstance(batch, Tensor) and batch.dim():
        return len(batch)
    if isinstance(batch, Mapping) and batch:
        return first_dimension(next(iter(batch.values())))
    if isinstance(batch, list | tuple) and batch:
        return first_dimension(batch[0])
    raise TypeError(f"expected a tensor or a collection of tensors, got {type(batch).__name__}")


@dataclass(frozen=True)
class Task:
    """A model, its data and its loss.

    The loss is a *sum*, and `count` says over how many things. So the mean is right when batches differ in size, and
    gradients accumulated over several of them are those of one large batch.

    Attributes:
        model: what is trained.
        train_data: map-style data set; an item must depend on its index alone, for a run to be resumed exactly.
        eval_data: the data set of the evaluation, or `None` for none.
        loss: takes the model and a batch; returns the sum of the losses, a scalar that requires grad.
        count: takes a batch; returns over how many things the loss sums, such as items or tokens.
        collate: makes a batch of a list of items.
        blocks: takes the model; returns the parts that `parallel: fsdp` gathers one at a time.
        tensor_parallel: takes the model and a mesh of ranks; cuts the model over them, for `parallel: tp`.

    Examples:
        >>> import torch
        >>> points = torch.utils.data.TensorDataset(torch.randn(8, 2), torch.zeros(8, 1))
        >>> def squared_error(model, batch):
        ...     return (model(batch[0]) - batch[1]).pow(2).sum()
        >>> task = Task(nn.Linear(2, 1), points, None, squared_error)
        >>> task.count(points[:8])
        8
    """

    model: nn.Module
    train_data: Dataset[Any]
    eval_data: Dataset[Any] | None
    loss: Callable[[nn.Module, Batch], Tensor]
    count: Callable[[Batch], int] = first_dimension
    collate: Callable[[list[Any]], Batch] = default_collate
    blocks: Callable[[Any], Iterable[nn.Module]] | None = None
    tensor_parallel: Callable[[Any, DeviceMesh], None] | None = None


def size(data: Dataset[Any], name: str) -> int:
    """Return the length of a data set.

    Args:
        data: a map-style data set.
        name: what to call it in an error.

    Raises:
        TypeError: it has no length.
        RunError: it is empty.
    """
    if not isinstance(data, Sized):
        raise TypeError(
            f"{name} must be map-style, with a length, to be resumed by position; got {type(data).__name__}"
        )
    if len(data) == 0:
        raise RunError(f"{name} is empty: expected at least one item")
    return len(data)


def load_task(name: str, options: Mapping[str, Any]) -> Task:
    """Import the function that makes a task, and call it.

    Args:
        name: `module:function`.
        options: its keyword arguments.

    Returns:
        The task.

    Raises:
        RunError: there is no such function, or it does not take these options.
        TypeError: it returns something else.
    """
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and not module_name.startswith(error.name):
            raise  # the module is there; what it imports is not
        raise RunError(f"task {name!r}: no module named {module_name!r}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise RunError(f"task {name!r}: {module_name} has no function {function_name!r}")
    try:
        inspect.signature(function).bind(**options)
    except TypeError as error:
        raise RunError(f"task {name!r} does not take these options: {error}") from None
    task = function(**options)
    if not isinstance(task, Task):
        raise TypeError(f"task {name!r} must return a Task, got {type(task).__name__}")
    return task


def require_trainable(model: nn.Module) -> None:
    """Check that a model has something to train.

    Args:
        model: of a task.

    Raises:
        RunError: it has not.
    """
    if not any(p.requires_grad for p in model.parameters()):
        raise RunError("the model has no parameter that requires grad: nothing to train")
