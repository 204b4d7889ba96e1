"""Several kinds of parallelism at once: ranks in a grid, a process group for each line of it.

The grid and the order of its dimensions are those of Narayanan et al., [*Efficient large-scale language model training
on GPU clusters*](https://arxiv.org/abs/2104.04473), section 3; PyTorch's is `init_device_mesh`. The norm of the
gradients is Megatron-LM's: each number counted where it is not a copy.
"""

import math
import random
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int

# --8<-- [start:mesh_imports]
from torch import Tensor, distributed, nn

# --8<-- [end:mesh_imports]
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.functional import linear
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impl.distributed.collectives import require_same, ring_bytes
from reference_impl.distributed.data_parallel import DataParallel
from reference_impl.distributed.pipeline import GPTStage, Pipeline, sum_tied_gradients
from reference_impl.distributed.pipeline_schedule import one_f_one_b
from reference_impl.distributed.tensor_parallel import (
    ParallelGPT,
    _cut,
    _enter,
    _share,
    shard_state,
    vocab_parallel_cross_entropy,
)
from reference_impl.gpt import GPT, Block, GPTConfig

__all__ = [
    "MeshGPT",
    "MeshTraffic",
    "ParallelStage",
    "make_groups",
    "mesh_gradient_norm",
    "mesh_lines",
    "mesh_seed",
    "parallelize_block",
]

Group = distributed.ProcessGroup | None
Groups = Mapping[str, distributed.ProcessGroup]

DIMENSIONS = ("data", "pipe", "tensor")


def mesh_lines(sizes: Mapping[str, int]) -> dict[str, list[list[int]]]:
    """Return the ranks of each group of a mesh: along a dimension, all lines of the grid.

    Args:
        sizes: ranks along each dimension; those of the last one are neighbours.

    Raises:
        ValueError: there is no dimension, or a size is less than 1.

    Examples:
        >>> mesh_lines({"data": 2, "tensor": 3})
        {'data': [[0, 3], [1, 4], [2, 5]], 'tensor': [[0, 1, 2], [3, 4, 5]]}
    """
    if not sizes or min(sizes.values()) < 1:
        raise ValueError(f"expected dimensions of at least 1 rank each, got {dict(sizes)}")
    grid = torch.arange(math.prod(sizes.values())).reshape(*sizes.values())
    return {
        name: grid.movedim(axis, -1).flatten(0, -2).tolist() if grid.ndim > 1 else [grid.tolist()]
        for axis, name in enumerate(sizes)
    }


def make_groups(sizes: Mapping[str, int]) -> dict[str, distributed.ProcessGroup]:
    """Return this rank's group along each dimension of a mesh. To be called on every rank.

    Args:
        sizes: ranks along each dimension; their product is the world size.

    Raises:
        ValueError: on every rank: the ranks disagree, or their number is not the product.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     groups = make_groups({"data": 2, "tensor": 2})
        ...     return [distributed.get_process_group_ranks(group) for group in groups.values()]
        >>> run_ranks(work, 4, start_method="fork")[3]
        [[1, 3], [2, 3]]
    """
    require_same("mesh", list(sizes.items()))
    lines, world = mesh_lines(sizes), distributed.get_world_size()
    if math.prod(sizes.values()) != world:
        product = " x ".join(map(str, sizes.values()))
        raise ValueError(
            f"expected a mesh of all {world} ranks, got {', '.join(sizes)} of {product} = "
            f"{math.prod(sizes.values())}"
        )
    return _own_groups(lines)


# --8<-- [start:mesh_groups]
def _own_groups(lines: "Mapping[str, list[list[int]]]") -> "dict[str, distributed.ProcessGroup]":
    """Make the group of each line of the grid, and keep those that this rank is part of."""
    own = {}
    for name, parallel in lines.items():
        for line in parallel:
            group = distributed.new_group(line)  # on all ranks, also on those outside of it
            if distributed.get_rank() in line:
                own[name] = group
    return own


# --8<-- [end:mesh_groups]


def _places(groups: Groups) -> dict[str, int]:
    """Return where this rank is along each dimension."""
    return {name: distributed.get_rank(group) for name, group in groups.items()}


def mesh_seed(seed: int, groups: Groups, along: Sequence[str]) -> int:
    """Return a seed that differs along some dimensions of a mesh, and agrees along the others.

    Args:
        seed: of the run.
        groups: this rank's group of each dimension.
        along: the dimensions along which ranks must draw different numbers.

    Raises:
        ValueError: there is no such dimension.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     groups = make_groups({"data": 2, "tensor": 2})
        ...     return mesh_seed(0, groups, ["data"])
        >>> a, b, c, d = run_ranks(work, 4, start_method="fork")
        >>> a == b, c == d, a == c
        (True, True, False)
    """
    if unknown := [name for name in along if name not in groups]:
        raise ValueError(f"expected dimensions among {', '.join(groups)}, got {unknown[0]!r}")
    places = _places(groups)
    spot = sorted((name, places[name]) for name in along)
    return random.Random(f"{seed} {spot}").getrandbits(63)  # noqa: S311 - for dropout, not for secrets


class ParallelStage(nn.Module):
    """Some consecutive blocks of a `ParallelGPT`: a stage of a pipeline, cut over a tensor group.

    Parameters have the names that they have in the whole. The first weights are placeholders.

    Args:
        config: the sizes of the whole; its dropout must be 0.
        stage: which, from 0.
        stages: into how many the blocks are cut.
        group: the ranks that share each layer; all by default.

    Raises:
        ValueError: `stages` does not divide the layers, there is no such stage, or as for `ParallelGPT`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=8, context=4, dim=8, layers=4, heads=4)
        >>> run_ranks(lambda rank: list(ParallelStage(config, 1, 2).blocks), 2, start_method="fork")
        [['2', '3'], ['2', '3']]
    """

    def __init__(self, config: GPTConfig, stage: int, stages: int, group: Group = None) -> None:
        super().__init__()
        if config.layers % stages:
            raise ValueError(
                f"expected layers to be a multiple of the {stages} stages, got {config.layers}"
            )
        if not 0 <= stage < stages:
            raise ValueError(f"expected a stage from 0 to {stages - 1}, got {stage}")
        whole, share = ParallelGPT(config, group), config.layers // stages
        self.group, self.is_first, self.is_last = group, stage == 0, stage == stages - 1
        if self.is_first or self.is_last:
            self.tokens = whole.tokens
        if self.is_first:
            self.positions = whole.positions
        own = range(stage * share, (stage + 1) * share)
        self.blocks = nn.ModuleDict({str(i): whole.blocks[i] for i in own})
        if self.is_last:
            self.norm = whole.norm

    def load_whole(self, state: Mapping[str, Tensor]) -> None:
        """Take this rank's part of the state dict of the whole `GPT`.

        Args:
            state: weights by name.

        Raises:
            ValueError: a weight can't be shared out.
        """
        place, ranks = distributed.get_rank(self.group), distributed.get_world_size(self.group)
        shard = shard_state(state, place, ranks)
        self.load_state_dict({name: shard[name] for name in self.state_dict()})

    # --8<-- [start:mesh_stage]
    def forward(self, x: "Tensor") -> "Tensor":
        """Return what the next stage reads, or this rank's columns of the logits.

        Args:
            x: ids, `(batch, length)`, for the first stage; else tokens, `(batch, length, dim)`.
        """
        if self.is_first:
            x = self.tokens(x) + self.positions(torch.arange(x.shape[1], device=x.device))
        for block in self.blocks.values():
            x = block(x)
        if not self.is_last:
            return x
        return linear(_enter(self.norm(x), self.group, sequence=False), self.tokens.weight)

    # --8<-- [end:mesh_stage]


# --8<-- [start:mesh_norm]
def _is_counted(name: str, places: "Mapping[str, int]") -> bool:
    """Whether this rank's copy of a parameter is the one that counts."""
    repeated = _cut(name) is None and places.get("tensor", 0) > 0  # norms, positions, some biases
    tied = name.startswith("tokens.") and places.get("pipe", 0) > 0  # the last stage's copy
    return not (repeated or tied)


def _norm(model: "nn.Module", groups: "Groups", places: "Mapping[str, int]") -> "Tensor":
    first = next(model.parameters())
    kind = torch.promote_types(first.dtype, torch.float32)  # in 16 bits a sum stalls, or overflows
    total = first.new_zeros((), dtype=kind)
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and _is_counted(name, places):
            total += parameter.grad.to(kind).square().sum()
    for name in ("tensor", "pipe"):  # not data: along it the gradients are equal
        if name in groups:
            distributed.all_reduce(total, group=groups[name])
    return total.sqrt()


# --8<-- [end:mesh_norm]


def mesh_gradient_norm(model: nn.Module, groups: Groups) -> Float[Tensor, ""]:
    """Return the norm of the gradients of the whole GPT, the same on every rank.

    To be called when gradients are averaged, and those of tied weights summed.

    Args:
        model: this rank's part: a `GPT`, `GPTStage`, `ParallelGPT` or `ParallelStage`.
        groups: this rank's groups, of the names `data`, `pipe` and `tensor`; some or all.

    Raises:
        ValueError: another model, whose names say nothing, or another dimension.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4)
        >>> def work(rank):
        ...     groups, model = make_groups({"tensor": 2}), ParallelGPT(config)
        ...     for parameter in model.parameters():
        ...         parameter.grad = torch.ones_like(parameter)
        ...     return round(mesh_gradient_norm(model, groups).item() ** 2)
        >>> run_ranks(work, 2, start_method="fork"), sum(p.numel() for p in GPT(config).parameters())
        ([984, 984], 984)
    """
    if not isinstance(model, GPT | GPTStage | ParallelGPT | ParallelStage):
        raise ValueError(  # noqa: TRY004 - bad input is a ValueError all over this package
            f"expected a GPT or a part of one, got {type(model).__name__}"
        )
    if unknown := [name for name in groups if name not in DIMENSIONS]:
        raise ValueError(f"expected dimensions among {', '.join(DIMENSIONS)}, got {unknown[0]!r}")
    return _norm(model, groups, _places(groups))


class MeshGPT:
    """A GPT on a mesh of data, pipe and tensor: this rank has some rows, some blocks, a share of each matrix.

    Attributes:
        stage: this rank's part, with the parameters to train.
        groups: as given.

    Args:
        config: the sizes of the whole; its dropout must be 0.
        state: the state dict of the whole `GPT`, the same on every rank.
        groups: this rank's group of each dimension, those of `make_groups`; a size may be 1.
        micro_batches: into how many each pipeline cuts its rows.

    Raises:
        ValueError: on every rank: other dimensions, ranks that disagree, or sizes that can't be shared out.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> model = GPT(GPTConfig(vocab=8, context=4, dim=8, layers=2, heads=4))
        >>> ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
        >>> def work(rank):
        ...     groups = make_groups({"data": 1, "pipe": 2, "tensor": 2})
        ...     return MeshGPT(model.config, model.state_dict(), groups).backward(ids, ids).item()
        >>> loss = model.loss(ids, ids).item()
        >>> [abs(found - loss) < 1e-5 for found in run_ranks(work, 4, start_method="fork")]
        [True, True, True, True]
    """

    def __init__(
        self,
        config: GPTConfig,
        state: Mapping[str, Tensor],
        groups: Groups,
        micro_batches: int = 1,
    ) -> None:
        if set(groups) != set(DIMENSIONS):
            raise ValueError(f"expected groups {', '.join(DIMENSIONS)}, got {', '.join(groups)}")
        require_same("config and micro_batches", (config, micro_batches))
        shapes = {name: tuple(weight.shape) for name, weight in state.items()}
        require_same(
            "names and shapes of weights", zlib.crc32(repr(sorted(shapes.items())).encode())
        )
        with torch.device("meta"):
            whole = {name: tuple(w.shape) for name, w in GPT(config).state_dict().items()}
        if odd := sorted(set(shapes.items()) ^ set(whole.items())):
            raise ValueError(
                f"expected the state dict of a GPT of this config, got another {odd[0][0]}"
            )
        total = torch.stack([weight.double().sum() for weight in state.values()]).sum()
        require_same("sum of weights", str(total.item()))
        self.config, self.groups, self.micro_batches = config, groups, micro_batches
        self.places = _places(groups)
        self.sizes = {name: distributed.get_world_size(group) for name, group in groups.items()}
        self.schedule = one_f_one_b(self.sizes["pipe"], micro_batches)
        place = self.places["pipe"], self.sizes["pipe"]
        self.stage = ParallelStage(config, *place, groups["tensor"])
        self.stage.to(next(iter(state.values())).dtype).load_whole(state)
        self.replica = DataParallel(self.stage, allow_unused=True, group=groups["data"])

    # --8<-- [start:mesh_step]
    def backward(self, ids: "Tensor", targets: "Tensor") -> "Tensor":
        """Add up the gradients of the batch's mean loss; return that loss, on every rank.

        Args:
            ids: tokens of the whole batch, `(batch, length)`, the same on every rank.
            targets: what follows each; -100 where nothing is asked.

        Raises:
            ValueError: on every rank: the batch does not fit the mesh, the model, or the other ranks.
        """
        self._check(ids, targets)
        row, rows = self.places["data"], self.sizes["data"]
        mine = ids.chunk(rows)[row], targets.chunk(rows)[row]
        shape = len(mine[0]) // self.micro_batches, ids.shape[1], self.config.dim
        dtype, pipe = next(self.stage.parameters()).dtype, self.groups["pipe"]
        pipeline = Pipeline(self.schedule, [self.stage], self._loss, shape, dtype, pipe)
        with self.replica.no_sync():  # backward comes once for each micro-batch
            found = pipeline.step(*mine)
        sum_tied_gradients([self.stage], pipe)
        self.replica.average_gradients()
        loss = torch.zeros((), dtype=dtype) if found is None else found  # the last stage has it
        for name in ("pipe", "data"):
            distributed.all_reduce(loss, group=self.groups[name])
        return loss / rows

    # --8<-- [end:mesh_step]

    def gradient_norm(self) -> Float[Tensor, ""]:
        """Return the norm of the gradients of the whole GPT, on every rank."""
        return mesh_gradient_norm(self.stage, self.groups)

    def _loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        group = self.groups["tensor"]
        return vocab_parallel_cross_entropy(logits.flatten(0, 1), targets.flatten(), group)

    def _check(self, ids: Int[Tensor, "..."], targets: Int[Tensor, "..."]) -> None:
        """Raise on every rank: for what only some would find, and for batches that differ."""
        problem = self._problem(ids, targets)
        sums = [zlib.crc32(x.cpu().numpy().tobytes()) for x in (ids, targets)]
        require_same("batch", (tuple(ids.shape), tuple(targets.shape), sums, problem))
        if problem:
            raise ValueError(problem)

    def _problem(self, ids: Tensor, targets: Tensor) -> str | None:
        config, parts = self.config, self.sizes["data"] * self.micro_batches
        if ids.ndim != 2 or ids.shape != targets.shape or not 0 < ids.shape[1] <= config.context:
            return (
                f"expected ids and targets of one shape (batch, length), at most {config.context} "
                f"long, got {tuple(ids.shape)} and {tuple(targets.shape)}"
            )
        if not len(ids) or len(ids) % parts:
            return (
                f"expected rows for {self.sizes['data']} replicas of {self.micro_batches} "
                f"micro-batches, a multiple of {parts}, got {len(ids)}"
            )
        if other := {ids.dtype, targets.dtype} - {torch.int32, torch.int64}:
            return f"expected ids and targets of int64, got {other.pop()}"
        tokens = torch.cat((ids.flatten(), targets[targets != -100]))
        if wrong := tokens[(tokens < 0) | (tokens >= config.vocab)].tolist():
            return f"expected tokens from 0 to {config.vocab - 1}, got {wrong[0]}"
        asked = (targets != -100).reshape(parts, -1).sum(1).tolist()
        if len(set(asked)) > 1 or not asked[0]:
            return (
                f"expected as many targets in each of the {parts} micro-batches, since the mean of "
                f"their means is taken, got {asked}"
            )
        return None


def parallelize_block(block: Block, mesh: DeviceMesh) -> None:
    """Cut the matrices of a GPT's block with PyTorch's `parallelize_module`, in place.

    The rows of `qkv` are put in another order first, so that each rank's third of them belongs to its
    heads.

    Args:
        block: a block that is whole, the same on every rank.
        mesh: one dimension of a mesh.

    Raises:
        ValueError: the number of ranks does not divide the heads or the inner width.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> from torch.distributed.device_mesh import init_device_mesh
        >>> block = Block(GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4))
        >>> def work(rank):
        ...     parallelize_block(block, init_device_mesh("cpu", (2,)))
        ...     return list(block.attention.qkv.weight.to_local().shape), block.attention.heads
        >>> run_ranks(work, 2, start_method="fork")
        [([12, 8], 2), ([12, 8], 2)]
    """
    _share("heads", block.attention.heads, mesh.size())
    _share("inner width", block.mlp.up.out_features, mesh.size())
    with torch.no_grad():
        for rows in block.attention.qkv.parameters():
            thirds = [third.chunk(mesh.size()) for third in rows.chunk(3)]
            rows.copy_(torch.cat([part for rank in zip(*thirds, strict=True) for part in rank]))
    block.attention.heads //= mesh.size()
    columns, rows_of = ColwiseParallel(), RowwiseParallel()
    plan = {"attention.qkv": columns, "attention.out": rows_of}
    parallelize_module(block, mesh, plan | {"mlp.up": columns, "mlp.down": rows_of})


class MeshTraffic(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types
    """Counts the bytes that this rank sends in each group of a mesh, if collectives run as rings.

    Attributes:
        sent: bytes by the name of the dimension; `others` for groups that are not in the mesh.

    Args:
        groups: this rank's group of each dimension.

    Raises:
        ValueError: under it, a collective that has no ring here, such as a broadcast.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     groups = make_groups({"data": 2, "tensor": 2})
        ...     with MeshTraffic(groups) as traffic:
        ...         distributed.all_reduce(torch.ones(10), group=groups["tensor"])
        ...     return dict(traffic.sent)
        >>> run_ranks(work, 4, start_method="fork")[0]
        {'tensor': 40}
    """

    def __init__(self, groups: Groups) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch has no types
        self.sent: Counter[str] = Counter()
        self._names = {group.group_name: name for name, group in groups.items()}

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401  # an operator: its type is not public
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  # whatever the operator returns
        if "c10d" in func.namespace:
            self._count(func.overloadpacket.__name__, args)
        return func(*args, **(kwargs or {}))

    def _count(self, name: str, args: tuple[Any, ...]) -> None:
        if name in ("recv_", "barrier"):
            return
        first = args[0][0] if isinstance(args[0], list) else args[0]
        boxed = next((arg for arg in args if isinstance(arg, torch.ScriptObject)), None)
        if boxed is None:  # a functional collective, as of DTensor
            raise ValueError(f"expected a collective that is counted as a ring, got {name}")
        group: Any = distributed.ProcessGroup.unbox(boxed)
        size, rank = group.size(), group.rank()
        if name == "allreduce_":
            sent = ring_bytes(first.numel(), first.element_size(), size, rank)
        elif name == "send":
            sent = first.nbytes
        elif name in ("reduce_scatter_", "_reduce_scatter_base_"):
            sent = (size - 1) * first.nbytes  # the own share of the sum, once a step
        elif name in ("allgather_", "_allgather_base_"):
            own = args[1][0] if isinstance(args[1], list) else args[1]
            sent = (size - 1) * own.nbytes
        else:
            raise ValueError(f"expected a collective that is counted as a ring, got {name}")
        self.sent[self._names.get(group.group_name, "others")] += sent
