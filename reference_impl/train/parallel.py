"""The engines of the training program: one process, or ranks that split the rows, the weights or the matrices.

They are PyTorch's: `DistributedDataParallel` (Li et al., 2020, https://arxiv.org/abs/2006.15704), `fully_shard`
(Zhao et al., 2023, https://arxiv.org/abs/2304.11277) and `DTensor` with what the task says of its model's matrices
(Shoeybi et al., 2019, https://arxiv.org/abs/1909.08053).
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

# --8<-- [start:parallel_imports]
import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils._pytree import tree_map
from torch.utils.data import BatchSampler

# --8<-- [end:parallel_imports]
from reference_impl.train.config import RunError, TrainConfig
from reference_impl.train.interrupts import only_one
from reference_impl.train.task import Batch, Task, require_trainable

Loss = Callable[[nn.Module, Batch], Tensor]


# --8<-- [start:parallel_loss]
class LossOf(nn.Module):
    """A model with its loss as one module: what DDP and FSDP need to see is one forward.

    Args:
        model: what is trained.
        loss: takes the model and a batch.

    Examples:
        >>> LossOf(nn.Linear(2, 1), lambda model, batch: model(batch).sum())(torch.zeros(3, 2)).shape
        torch.Size([])
    """

    def __init__(self, model: nn.Module, loss: "Loss") -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: "Batch") -> "torch.Tensor":
        """Return the sum of the losses of a batch."""
        total: torch.Tensor = self.loss(self.model, batch)
        return total


# --8<-- [end:parallel_loss]


class Engine:
    """How a model is trained on its ranks. This one is a single process, which has nobody to ask.

    Args:
        task: what is trained.
        model: its model, on its device.

    Attributes:
        rank: of this process.
        ranks: how many there are.
        share: which share of the rows this rank takes.
        shares: into how many the rows are dealt.
        module: call it with a batch for the sum of its losses.

    Examples:
        >>> points = torch.utils.data.TensorDataset(torch.ones(4, 1))
        >>> task = Task(nn.Linear(1, 1), points, None, lambda model, batch: model(batch[0]).sum())
        >>> engine = Engine(task, task.model)
        >>> engine.ranks, engine.sum(3.0)
        (1, 3.0)
    """

    def __init__(self, task: Task, model: nn.Module) -> None:
        self.rank, self.ranks, self.share, self.shares = 0, 1, 0, 1
        self.module: nn.Module = LossOf(model, task.loss)

    def without_exchange(self, last: bool) -> AbstractContextManager[None]:
        """Return a context for the forward and backward of a micro-batch: only the last one exchanges gradients."""
        return nullcontext()

    def sum(self, value: float) -> float:
        """Return the sum of what the shares have."""
        return value

    def agreed(self, signal: int | None) -> int | None:
        """Return the signal that any rank got, so that all stop after the same step."""
        return signal

    def gather(self, value: object) -> list[Any]:
        """Return what each rank has, in the order of the ranks."""
        return [value]


class Ranks(Engine):
    """What the engines of several ranks have in common: each rank takes its share of the rows."""

    def __init__(self, task: Task, model: nn.Module) -> None:
        super().__init__(task, model)
        self.rank, self.ranks = distributed.get_rank(), distributed.get_world_size()
        self.share, self.shares = self.rank, self.ranks
        self.device = next(model.parameters()).device

    def sum(self, value: float) -> float:
        """Return the sum of what the shares have."""
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return total.item()

    def agreed(self, signal: int | None) -> int | None:
        """Return the signal that any rank got, so that all stop after the same step."""
        number = torch.tensor(signal or 0, device=self.device)
        distributed.all_reduce(number, distributed.ReduceOp.MAX)
        return int(number) or None

    def gather(self, value: object) -> list[Any]:
        """Return what each rank has, in the order of the ranks."""
        found: list[Any] = [None] * self.ranks
        distributed.all_gather_object(found, value)
        return found


class DataParallelEngine(Ranks):
    """`DistributedDataParallel`: all weights on each rank, gradients averaged while backward runs."""

    def __init__(self, task: Task, model: nn.Module) -> None:
        super().__init__(task, model)
        # A parameter may be unused. And DDP then keeps its buckets as they are: it would fill them in another order
        # after the first step, and a resumed run would add up in another order than one never stopped.
        self.ddp = DistributedDataParallel(self.module, find_unused_parameters=True)
        self.module = self.ddp

    def without_exchange(self, last: bool) -> AbstractContextManager[None]:
        """Return a context in which gradients stay on their rank, unless this is the last micro-batch."""
        return nullcontext() if last else self.ddp.no_sync()


class ShardedEngine(Ranks):
    """`fully_shard`: weights, gradients and optimizer state in pieces, one block whole at a time."""

    def __init__(self, task: Task, model: nn.Module) -> None:
        super().__init__(task, model)
        mesh = init_device_mesh(self.device.type, (self.ranks,))
        for block in task.blocks(model) if task.blocks else ():
            fully_shard(block, mesh=mesh)
        fully_shard(self.module, mesh=mesh)

    @contextmanager
    def without_exchange(self, last: bool) -> Iterator[None]:
        """Keep gradients whole on each rank, unless this is the last micro-batch."""
        if isinstance(self.module, FSDPModule):  # `fully_shard` made it one
            self.module.set_requires_gradient_sync(last)
        yield


class TensorParallelEngine(Ranks):
    """Matrices in pieces, as the task cuts them; every rank sees every row."""

    def __init__(self, task: Task, model: nn.Module) -> None:
        super().__init__(task, model)
        self.share, self.shares = 0, 1
        if task.tensor_parallel is None:
            raise RunError(
                "parallel is 'tp', but the task does not say how to cut its model: give it tensor_parallel"
            )
        task.tensor_parallel(model, init_device_mesh(self.device.type, (self.ranks,)))

    def sum(self, value: float) -> float:
        """Return the value: each rank has the whole batch."""
        return value


ENGINES = {
    "none": Engine,
    "ddp": DataParallelEngine,
    "fsdp": ShardedEngine,
    "tp": TensorParallelEngine,
}


# --8<-- [start:parallel_dealt]
class Dealt:
    """Batches of indices, of which each rank takes every so-manieth; a rank left without takes the first.

    That rank then takes part in every exchange, and its loss is multiplied by 0.

    Args:
        batches: of all ranks together.
        share: which this rank takes.
        shares: how many there are.

    Examples:
        >>> batches = BatchSampler(range(5), batch_size=3, drop_last=False)
        >>> [list(Dealt(batches, share, 2)) for share in (0, 1)]
        [[[0, 2], [3]], [[1], [4]]]
        >>> list(Dealt(BatchSampler([7], 3, drop_last=False), 1, 2))
        [[7]]
    """

    def __init__(self, batches: "BatchSampler", share: int, shares: int) -> None:
        self.batches, self.share, self.shares = batches, share, shares

    def __iter__(self) -> "Iterator[list[int]]":
        for batch in self.batches:
            yield batch[self.share :: self.shares] or batch[:1]

    def __len__(self) -> int:
        return len(self.batches)


# --8<-- [end:parallel_dealt]


# --8<-- [start:parallel_state]
def whole(state: Any) -> Any:  # noqa: ANN401 - a tree of anything
    """Return a state in which each tensor cut over ranks is whole on rank 0, and `None` on the others.

    All ranks must call it. So a checkpoint does not know by how many ranks it was written, nor with which engine.

    Args:
        state: of a model or an optimizer.

    Examples:
        >>> whole({"weight": torch.ones(2), "step": 3})
        {'weight': tensor([1., 1.]), 'step': 3}
    """
    seen: dict[tuple[int, tuple[int, ...]], Tensor] = {}

    def gathered(leaf: object) -> object:
        if not isinstance(leaf, DTensor):
            return leaf
        # By every rank: what a rank holds must not decide whether it comes.
        full = leaf.full_tensor()
        if distributed.get_rank():
            return None
        full = full.cpu()  # so that one tensor at a time is whole on the device
        key = (leaf.to_local().data_ptr(), tuple(leaf.shape))
        return seen.setdefault(key, full) if full.numel() else full  # tied weights stay one tensor

    return tree_map(gathered, state)


def cut_like(value: Any, like: Tensor) -> Any:  # noqa: ANN401 - optimizers keep numbers too
    """Return this rank's piece of a whole tensor, if the one it is for is cut; else the value.

    Args:
        value: a whole tensor, or anything else.
        like: where it goes.
    """
    if isinstance(like, DTensor) and isinstance(value, Tensor) and value.shape == like.shape:
        value = value.to(like.device)
        return distribute_tensor(value, like.device_mesh, like.placements, src_data_rank=None)
    return value


# --8<-- [end:parallel_state]


def load_whole(model: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load the whole states `model` and `optimizer` into a model that may be cut over ranks.

    Args:
        model: whose state it is.
        optimizer: of that model.
        state: with the entries `model` and `optimizer`, as `whole` returned them.

    Raises:
        RuntimeError: it is of another model.
        ValueError: it is of another optimizer.
    """
    mine = model.state_dict()
    model.load_state_dict(
        {
            name: cut_like(value, mine[name]) if name in mine else value
            for name, value in state["model"].items()
        }
    )
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    kept = {
        index: {name: cut_like(value, parameters[index]) for name, value in entry.items()}
        for index, entry in state["optimizer"]["state"].items()
        if index < len(parameters)  # else the optimizer says that the groups differ
    }
    optimizer.load_state_dict({**state["optimizer"], "state": kept})


# --8<-- [start:parallel_clip]
def clip_gradients(parameters: "Sequence[nn.Parameter]", limit: float) -> "torch.Tensor":
    """Scale the gradients of all ranks together to a norm of at most `limit`; return the norm before.

    A gradient that is cut over ranks counts with all its pieces, one that every rank has counts once.

    Args:
        parameters: of this rank.
        limit: the largest norm.

    Examples:
        >>> weight = nn.Parameter(torch.zeros(2))
        >>> weight.grad = torch.tensor([3.0, 4.0])
        >>> clip_gradients([weight], limit=1.0), weight.grad
        (tensor(5.), tensor([0.6000, 0.8000]))
    """
    having = [p for p in parameters if p.grad is not None]
    cut = [p for p in having if isinstance(p.grad, DTensor)]
    uncut = [p for p in having if not isinstance(p.grad, DTensor)]
    groups = [group for group in (uncut, cut) if group]
    norms = [
        torch.nn.utils.get_total_norm([p.grad for p in group if p.grad is not None])
        for group in groups
    ]
    norms = [norm.full_tensor() if isinstance(norm, DTensor) else norm for norm in norms]
    if not norms:
        return torch.zeros(())
    # One norm stays as it is: the root of its square could differ in the last digit.
    total = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    for group in groups:
        torch.nn.utils.clip_grads_with_norm_(group, limit, total)
    return total


# --8<-- [end:parallel_clip]


@contextmanager
def process_group(config: TrainConfig) -> Iterator[int]:
    """Join the process group that `torchrun` describes, if the settings ask for several ranks; give this one's rank.

    Args:
        config: its `parallel` and `device`.

    Raises:
        RunError: there are ranks and the settings don't ask for them, or the other way round.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if config.parallel == "none":
        if size > 1:
            raise RunError(
                f"this program trains in one process, but WORLD_SIZE is {size}: set parallel to ddp, fsdp or tp"
            )
        yield 0
        return
    if distributed.is_initialized():
        yield distributed.get_rank()
        return
    if "RANK" not in os.environ:
        raise RunError(
            f"parallel is {config.parallel!r}, but this process has no rank: start it with torchrun, or set parallel to none"
        )
    on_gpu = config.device.startswith("cuda")
    if on_gpu:  # what NCCL sends objects through, and FSDP gathers on
        if not torch.cuda.is_available():
            raise RunError(f"device is {config.device!r}, but PyTorch sees no GPU here")
        if config.device != "cuda":
            raise RunError(
                f"device must be cuda with several ranks, as each takes its own; got {config.device!r}"
            )
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield distributed.get_rank()
    finally:
        gc.collect()  # DDP must be gone before its group: else a thread of gloo may abort the process
        distributed.destroy_process_group()


@contextmanager
def only_one_run(folder: Path, rank: int, together: bool) -> Iterator[None]:
    """Hold the lock of a folder on rank 0, and let every rank know if another run has it.

    Args:
        folder: of the run.
        rank: of this process.
        together: whether the ranks of the default group train one run, or each its own.

    Raises:
        BlockingIOError: another run holds it.
        OSError: it can't be locked.
    """
    refused: list[OSError | None] = [None]
    lock = only_one(folder) if rank == 0 else nullcontext()
    try:
        lock.__enter__()
    except OSError as error:
        refused = [error]
    if together:
        distributed.broadcast_object_list(refused, src=0)
    if refused[0] is not None:
        raise refused[0]
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def make_engine(config: TrainConfig, task: Task, model: nn.Module) -> Engine:
    """Return the engine that the settings name.

    Args:
        config: its `parallel` and `precision`.
        task: what is trained.
        model: its model, on its device.

    Raises:
        RunError: the task or the precision does not go with it.
    """
    if config.parallel == "tp" and config.precision == "fp16":
        raise RunError(
            "precision fp16 does not go with parallel 'tp': PyTorch's GradScaler can't check gradients of which only "
            "some are cut over ranks; take bf16"
        )
    if config.parallel != "none" and not distributed.is_initialized():
        raise RunError(f"parallel is {config.parallel!r}, but there is no process group")
    require_trainable(model)  # before an engine hangs its hooks on it
    return ENGINES[config.parallel](task, model)


def own_seed(config: TrainConfig, share: int, step: int) -> int:
    """Return a seed for dropout: another for each share of the rows, the same for all ranks that see the same rows.

    Args:
        config: its `seed`.
        share: which of the rows.
        step: optimizer steps done.
    """
    return (config.seed + 7919 * (1 + share) + step) % 2**32
