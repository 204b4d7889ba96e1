"""Training steps of which every byte is counted where it leaves the rank.

`count_sends` replaces each collective of `torch.distributed` by the one of `collectives.py`, which is made of sends, and
counts at `send`. Nothing is computed from a formula here: those are in `costs.py`.
"""

from collections.abc import Callable, Iterator

# --8<-- [start:counted_imports]
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import torch

# --8<-- [end:counted_imports]
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy

from reference_impl.distributed import zero
from reference_impl.distributed.collectives import (
    Links,
    all_gather,
    all_reduce,
    broadcast,
    reduce_scatter,
)
from reference_impl.distributed.data_parallel import DataParallel
from reference_impl.distributed.expert_parallel import ExpertParallel
from reference_impl.distributed.pipeline import GPTStage, Pipeline, sum_tied_gradients
from reference_impl.distributed.pipeline_schedule import Schedule, interleaved, one_f_one_b
from reference_impl.distributed.ring import ring_attention, split_sequence
from reference_impl.distributed.tensor_parallel import ParallelGPT, shard_state
from reference_impl.distributed.traffic import Traffic
from reference_impl.distributed.ulysses import ulysses_attention
from reference_impl.gpt import GPT, Attention, GPTConfig

__all__ = ["SCHEMES", "TrainStep", "count_sends", "counted_step"]

SCHEMES = (
    "data",
    "zero-1",
    "zero-2",
    "zero-3",
    "tensor",
    "sequence",
    "pipeline",
    "ring",
    "ulysses",
    "experts",
)


@dataclass(frozen=True, kw_only=True)
class TrainStep:
    """One training step of a GPT on some ranks that share it by one scheme.

    Attributes:
        config: of the model, without dropout and without a band.
        batch: sequences of all ranks together.
        length: tokens of each.
        ranks: that take part.
        dtype: of weights, gradients and activations.
        bucket_bytes: of data parallelism.
        micro_batches: of the pipeline.
        chunks: of layers on each rank of the pipeline.
        experts: that stand in place of each feed-forward layer, for the scheme `experts` alone.

    Raises:
        ValueError: a number is less than 1, the sequence is longer than the context, or the config has a band or dropout.

    Examples:
        >>> config = GPTConfig(vocab=20, context=8, dim=8, layers=2, heads=2)
        >>> TrainStep(config=config, batch=4, length=8, ranks=2).schedule.name
        '1F1B'
    """

    config: GPTConfig
    batch: int
    length: int
    ranks: int
    dtype: torch.dtype = torch.float32
    bucket_bytes: int = 25 * 2**20
    micro_batches: int = 2
    chunks: int = 1
    experts: int = 4

    def __post_init__(self) -> None:
        names = (
            "batch",
            "length",
            "ranks",
            "bucket_bytes",
            "micro_batches",
            "chunks",
            "experts",
        )
        sizes = {name: getattr(self, name) for name in names}
        if min(sizes.values()) < 1:
            raise ValueError(f"expected numbers of at least 1, got {sizes}")
        if self.length > self.config.context:
            raise ValueError(
                f"expected a length of at most {self.config.context}, got {self.length}"
            )
        if self.config.band is not None or self.config.dropout:
            raise ValueError(
                "expected a config without band and dropout, "
                f"got band {self.config.band} and dropout {self.config.dropout}"
            )

    @property
    def schedule(self) -> Schedule:
        """The order of the pipeline's actions."""
        if self.chunks == 1:
            return one_f_one_b(self.ranks, self.micro_batches)
        return interleaved(self.ranks, self.micro_batches, self.chunks)

    def share(self, what: str, size: int, parts: int | None = None) -> int:
        """Return a rank's share, or raise where it does not divide."""
        parts = parts or self.ranks
        if size % parts:
            raise ValueError(f"expected {what} to be a multiple of {parts}, got {size}")
        return size // parts


Group = distributed.ProcessGroup | None


class _Done:
    """What an asynchronous collective returns once it has been made at once."""

    def wait(self) -> None:
        pass


def _all_reduce(
    x: Tensor,
    op: distributed.ReduceOp.RedOpType = distributed.ReduceOp.SUM,
    group: Group = None,
    async_op: bool = False,
) -> _Done:
    combine: dict[object, Callable[[Tensor, Tensor], Tensor]] = {
        distributed.ReduceOp.SUM: torch.add,
        distributed.ReduceOp.MAX: torch.maximum,
    }
    x.copy_(all_reduce(x, Links(group), combine[op]))
    return _Done()


def _all_gather_tensor(out: Tensor, x: Tensor, group: Group = None) -> None:
    out.copy_(all_gather(x.reshape(1, -1), Links(group)).view_as(out))


def _reduce_scatter_tensor(out: Tensor, x: Tensor, group: Group = None) -> None:
    links = Links(group)
    out.copy_(reduce_scatter(x.reshape(links.size, -1), links).view_as(out))


def _all_gather(out: list[Tensor], x: Tensor, group: Group = None) -> None:
    for into, part in zip(out, all_gather(x.reshape(1, -1), Links(group)), strict=True):
        into.copy_(part.view_as(into))


def _reduce_scatter(out: Tensor, parts: list[Tensor], group: Group = None) -> None:
    _reduce_scatter_tensor(out, torch.stack(parts), group)


def _all_to_all(
    out: Tensor,
    x: Tensor,
    receive: list[int] | None = None,
    send: list[int] | None = None,
    group: Group = None,
) -> None:
    links = Links(group)
    parts = x.tensor_split(links.size) if send is None else torch.split(x, send)
    places = out.tensor_split(links.size) if receive is None else torch.split(out, receive)
    places[links.rank].copy_(parts[links.rank])
    for step in range(1, links.size):
        to, source = (links.rank + step) % links.size, (links.rank - step) % links.size
        links.swap(parts[to], to, places[source], source)


def _broadcast(x: Tensor, src: int | None = None, group: Group = None, group_src: int = 0) -> None:
    if src is not None:
        ranks = distributed.get_process_group_ranks(group or distributed.group.WORLD)
        group_src = ranks.index(src)
    whole = x.contiguous()
    broadcast(whole, group_src, Links(group))
    x.copy_(whole)


_REPLACED: dict[str, Callable[..., Any]] = {
    "all_reduce": _all_reduce,
    "all_gather": _all_gather,
    "reduce_scatter": _reduce_scatter,
    "all_to_all_single": _all_to_all,
    "broadcast": _broadcast,
}


# --8<-- [start:counted_sends]
@contextmanager
def count_sends() -> "Iterator[Traffic]":
    """Count each tensor that this rank sends, in collectives made of sends.

    `distributed.all_reduce` and so on are replaced while this is open, on every rank. Left out are
    the small messages by which `require_same` and its like compare shapes.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     with count_sends() as traffic:
        ...         distributed.all_reduce(torch.ones(10))
        ...     return traffic
        >>> run_ranks(work, 2, start_method="fork")
        [Traffic(sent=40, messages=2), Traffic(sent=40, messages=2)]
    """
    traffic = Traffic()

    def counted(send: "Callable[..., Any]", x: "torch.Tensor", *args: Any, **kwargs: Any) -> "Any":  # noqa: ANN401 - as `send` has them
        traffic.add(x.numel() * x.element_size())
        return send(x, *args, **kwargs)

    with ExitStack() as stack:
        for name, function in _REPLACED.items():
            stack.enter_context(patch.object(distributed, name, function))
        stack.enter_context(patch.object(zero, "_all_gather", _all_gather_tensor))
        stack.enter_context(patch.object(zero, "_reduce_scatter", _reduce_scatter_tensor))
        for name in ("send", "isend"):
            send = partial(counted, getattr(distributed, name))
            stack.enter_context(patch.object(distributed, name, send))
        yield traffic


# --8<-- [end:counted_sends]


Take = Callable[[], Tensor | None]


def counted_step(rank: int, scheme: str, step: TrainStep) -> tuple[Traffic, float | None]:
    """Make one training step, and return what this rank sent and the loss, where the rank knows it.

    The model and the text are drawn at random: ranks must begin with the same random state, as those of
    `run_ranks` do.

    Args:
        rank: of this process.
        scheme: one of `SCHEMES`.
        step: what is trained. Its `ranks` are those of the default group.

    Raises:
        ValueError: the scheme is unknown, or something can't be shared out.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=20, context=8, dim=8, layers=2, heads=2)
        >>> step = TrainStep(config=config, batch=4, length=8, ranks=2)
        >>> [traffic.sent for traffic, _ in run_ranks(counted_step, 2, "pipeline", step, start_method="fork")]
        [1664, 1664]
    """
    if scheme not in SCHEMES:
        raise ValueError(f"expected a scheme of {', '.join(SCHEMES)}, got {scheme!r}")
    if distributed.get_world_size() != step.ranks:
        raise ValueError(f"expected {step.ranks} ranks, got {distributed.get_world_size()}")
    model = GPT(step.config).to(step.dtype)
    text = torch.randint(step.config.vocab, (step.batch, step.length + 1))
    kind, _, rest = scheme.partition("-")
    makers: dict[str, Callable[..., Take]] = {
        "data": _data,
        "zero": partial(_zero, stage=rest),
        "tensor": partial(_tensor, sequence=False),
        "sequence": partial(_tensor, sequence=True),
        "pipeline": _pipeline,
        "ring": partial(_context, ring=True),
        "ulysses": partial(_context, ring=False),
        "experts": _experts,
    }
    take = makers[kind](rank, step, model, text[:, :-1], text[:, 1:])
    with count_sends() as traffic:
        loss: Tensor | None = take()
    return traffic, None if loss is None else loss.item()


def _mean(loss: Tensor, ranks: int) -> Tensor:
    """Return the mean of the ranks' losses."""
    total = loss.detach() / ranks
    distributed.all_reduce(total)
    return total


def _mine(step: TrainStep, rank: int, *tensors: Tensor) -> list[Tensor]:
    rows = step.share("batch", step.batch)
    return [tensor[rank * rows :][:rows] for tensor in tensors]


def _logits_loss(logits: Tensor, targets: Tensor) -> Tensor:
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


def _data(rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor) -> Take:
    replica = DataParallel(model, bucket_bytes=step.bucket_bytes)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    return _take_copies(rank, step, replica, optimizer.step, ids, targets)


def _zero(rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor, stage: str) -> Take:
    kind = {"1": zero.Zero1, "2": zero.Zero2, "3": zero.Zero3}[stage]
    wrapped = kind(model, [*model.blocks], partial(torch.optim.SGD, lr=0.1))
    return _take_copies(rank, step, wrapped, wrapped.step, ids, targets)


def _take_copies(
    rank: int,
    step: TrainStep,
    copy: "DataParallel | zero.Zero1",
    update: Callable[[], object],
    ids: Tensor,
    targets: Tensor,
) -> Take:
    ids, targets = _mine(step, rank, ids, targets)

    def take() -> Tensor:
        loss = _logits_loss(copy(ids), targets)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types
        copy.average_gradients()
        update()
        return _mean(loss, step.ranks)

    return take


def _tensor(
    rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor, sequence: bool
) -> Take:
    part = ParallelGPT(step.config, sequence=sequence).to(step.dtype)
    part.load_state_dict(shard_state(model.state_dict(), rank, step.ranks))

    def take() -> Tensor:
        loss = part.loss(ids, targets)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types
        part.reduce_shared_grads()
        return loss

    return take


def _pipeline(rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor) -> Take:
    schedule = step.schedule
    stages = [schedule.stage(rank, chunk) for chunk in range(schedule.chunks)]
    chunks = [GPTStage(model, stage, schedule.stages) for stage in stages]
    rows = step.share("batch", step.batch, step.micro_batches)
    shape = (rows, step.length, step.config.dim)
    pipeline = Pipeline(schedule, chunks, _logits_loss, shape, step.dtype)

    def take() -> Tensor | None:
        loss = pipeline.step(ids, targets)
        sum_tied_gradients(chunks)
        return loss

    return take


class _ContextAttention(nn.Module):
    def __init__(self, attention: Attention, ring: bool) -> None:
        super().__init__()
        self.qkv, self.out, self.heads, self.ring = (
            attention.qkv,
            attention.out,
            attention.heads,
            ring,
        )

    def forward(self, x: Tensor, *_: object) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attend = ring_attention if self.ring else ulysses_attention
        found: Tensor = self.out(attend(q, k, v, causal=True).transpose(1, 2).flatten(2))
        return found


def _context(
    rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor, ring: bool
) -> Take:
    for block in model.blocks:
        block.attention = _ContextAttention(block.attention, ring)  # type: ignore[arg-type]  # called alike
    layout = "zigzag" if ring else "contiguous"
    cut = partial(split_sequence, rank=rank, world_size=step.ranks, layout=layout)
    places = cut(torch.arange(step.length), dim=0)
    ids, targets = cut(ids, dim=1), cut(targets, dim=1)

    def take() -> Tensor:
        x = model.tokens(ids) + model.positions(places)
        for block in model.blocks:
            x = block(x)
        loss = _logits_loss(model.logits(model.norm(x)), targets)
        (loss / step.ranks).backward()  # type: ignore[no-untyped-call]  # torch has no types
        _sum_gradients(list(model.parameters()))
        return _mean(loss, step.ranks)

    return take


class _ExpertLayer(nn.Module):
    def __init__(self, config: GPTConfig, experts: int) -> None:
        super().__init__()
        self.experts = ExpertParallel(config.dim, config.hidden_size, experts, padded=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.experts(x)[0]
        return out


def _experts(rank: int, step: TrainStep, model: GPT, ids: Tensor, targets: Tensor) -> Take:
    for block in model.blocks:
        block.mlp = _ExpertLayer(step.config, step.experts).to(step.dtype)
    ids, targets = _mine(step, rank, ids, targets)
    shared = [p for name, p in model.named_parameters() if ".mlps." not in name]

    def take() -> Tensor:
        loss = _logits_loss(model(ids), targets)
        (loss / step.ranks).backward()  # type: ignore[no-untyped-call]  # torch has no types
        _sum_gradients(shared)
        return _mean(loss, step.ranks)

    return take


def _sum_gradients(parameters: list[nn.Parameter]) -> None:
    """Add up the gradients of weights that all ranks have, one after the other."""
    for parameter in parameters:
        if parameter.grad is not None:
            distributed.all_reduce(parameter.grad)
