"""Runs a pipeline schedule over processes: each rank does its list of actions, and sends what others need.

The schedules and their papers are in `pipeline_schedule.py`. `GPTStage` cuts the GPT, whose first and last stage share a
matrix.
"""

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any

# --8<-- [start:run_imports]
import torch

# --8<-- [end:run_imports]
from jaxtyping import Float
from torch import Tensor, distributed, nn

from reference_impl.distributed.pipeline_schedule import Action, Event, Schedule, check_schedule
from reference_impl.gpt import GPT

__all__ = ["GPTStage", "Link", "Pipeline", "gpt_stages", "sum_tied_gradients"]

Group = distributed.ProcessGroup | None


# --8<-- [start:run_link]
class Link:
    """Messages between the ranks of a pipeline. Sending never waits, receiving does.

    Each message has a number, its tag, so that several may be on their way between two ranks. Gloo
    keeps them apart by it; NCCL has no tags, there both sides must agree on the order.

    Args:
        group: the ranks of the pipeline; all by default.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     link = Link()
        ...     link.send(torch.tensor([rank]), to=1 - rank, tag=7)
        ...     found = link.receive(torch.zeros(1, dtype=torch.long), source=1 - rank, tag=7)
        ...     link.wait()
        ...     return found.item()
        >>> run_ranks(work, 2, start_method="fork")
        [1, 0]
    """

    def __init__(self, group: "Group" = None) -> None:
        self.group, self.rank = group, distributed.get_rank(group)
        self._on_the_way: list[tuple[distributed.Work, torch.Tensor]] = []
        self._own: dict[int, torch.Tensor] = {}

    def send(self, x: "torch.Tensor", to: int, tag: int) -> None:
        """Begin to send a tensor; it must not change before `wait`."""
        if to == self.rank:
            self._own[tag] = x
            return
        x = x.contiguous()
        work = distributed.isend(x, group=self.group, group_dst=to, tag=tag)
        if work is not None:
            self._on_the_way.append((work, x))  # x lives until it is sent

    def receive(self, into: "torch.Tensor", source: int, tag: int) -> "torch.Tensor":
        """Wait for a tensor, and return it."""
        if source == self.rank:
            return self._own.pop(tag)
        distributed.recv(into, group=self.group, group_src=source, tag=tag)
        return into

    def wait(self, but: int = 0) -> None:
        """Wait until all that was sent has left, except for the last `but` messages."""
        while len(self._on_the_way) > but:
            self._on_the_way.pop(0)[0].wait()


# --8<-- [end:run_link]


def _micro_batches(batch: Tensor, count: int) -> tuple[Tensor, ...]:
    if len(batch) % count:
        raise ValueError(
            f"expected a batch that divides into {count} micro-batches, got {len(batch)} rows"
        )
    return batch.chunk(count)


class Pipeline:
    """One rank of a pipeline: its chunks of layers, and a schedule to follow.

    Args:
        schedule: which actions in which order; checked here, so that nothing hangs later.
            `pipedream` needs `PipeDream`.
        chunks: this rank's layers, one module for each chunk, with `schedule.place` saying which.
        loss: from the last stage's output and the targets of a micro-batch to their mean loss.
        shape: of what one stage passes to the next, for one micro-batch.
        dtype: of that.
        group: the ranks of the pipeline; all by default.

    Attributes:
        events: what this rank did in the last step, with the times of its clock.
        peak: how many activations of a chunk it held at most.

    Raises:
        ValueError: the schedule can't be run, or is for another number of ranks or of chunks.

    Examples:
        >>> from reference_impl.distributed import gpipe, run_ranks
        >>> def work(rank):
        ...     layer = nn.Linear(2, 2)
        ...     loss = lambda out, targets: (out - targets).square().mean()
        ...     pipeline = Pipeline(gpipe(2, 3), [layer], loss, shape=(1, 2))
        ...     pipeline.step(torch.ones(3, 2), torch.zeros(3, 2))
        ...     return [str(event.action) for event in pipeline.events]
        >>> run_ranks(work, 2, start_method="fork")[1]
        ['F0', 'F1', 'F2', 'B0', 'B1', 'B2']
    """

    def __init__(
        self,
        schedule: Schedule,
        chunks: Sequence[nn.Module],
        loss: Callable[[Tensor, Tensor], Tensor],
        shape: Sequence[int],
        dtype: torch.dtype = torch.float32,
        group: Group = None,
    ) -> None:
        check_schedule(schedule)
        ranks = distributed.get_world_size(group)
        if ranks != schedule.ranks:
            raise ValueError(f"expected a schedule for {ranks} ranks, got {schedule.ranks}")
        if len(chunks) != schedule.chunks:
            raise ValueError(f"expected {schedule.chunks} chunks, got {len(chunks)}")
        self.schedule, self.chunks, self.loss = schedule, list(chunks), loss
        self.shape, self.dtype = tuple(shape), dtype
        self.link = Link(group)
        self.rank = self.link.rank
        self.events: list[Event] = []
        self.peak = 0

    def step(
        self, inputs: Float[Tensor, "..."] | Tensor, targets: Float[Tensor, "..."] | Tensor
    ) -> Float[Tensor, ""] | None:
        """Add the gradients of the batch's mean loss to `.grad`, and return that loss on the last rank.

        Args:
            inputs: the whole batch; only the first stage reads it.
            targets: the whole batch; only the last stage reads it.

        Raises:
            ValueError: the batch does not divide into micro-batches, or a stage's output has another
                shape or dtype than agreed.
        """
        count = self.schedule.micro_batches
        self._inputs, self._targets = _micro_batches(inputs, count), _micro_batches(targets, count)
        self._kept: dict[tuple[int, int], Any] = {}
        self._losses: list[Tensor] = []
        self.events, self.peak = [], 0
        do = {"F": self._forward, "B": self._backward, "W": self._weights}
        for action in self.schedule.orders[self.rank]:
            stage = self.schedule.stage(self.rank, action.chunk)
            received = self._receive(action, stage)
            start = time.perf_counter()
            result = do[action.kind](action, stage, received)
            self.events.append(Event(self.rank, action, start, time.perf_counter()))
            self.peak = max(self.peak, len(self._kept))
            self._send(action, stage, result)
        self.link.wait()
        return torch.stack(self._losses).sum() if self._losses else None

    def _receive(self, action: Action, stage: int) -> Tensor | None:
        """Wait for what another stage has to deliver first."""
        source = {"F": stage - 1, "B": stage + 1}.get(action.kind, -1)
        if not 0 <= source < self.schedule.stages:
            return None
        into = torch.empty(self.shape, dtype=self.dtype)
        return self.link.receive(into, self.schedule.place(source)[0], self._tag(action, stage))

    def _send(self, action: Action, stage: int, result: Tensor | None) -> None:
        """Pass the result on to the stage that waits for it."""
        to = {"F": stage + 1, "B": stage - 1}.get(action.kind, -1)
        if result is not None and 0 <= to < self.schedule.stages:
            self.link.send(result, self.schedule.place(to)[0], self._tag(action, to))

    def _tag(self, action: Action, stage: int) -> int:
        """Number a message by who needs it: a stage, for a micro-batch, in forward or backward."""
        number = stage * self.schedule.micro_batches + action.micro_batch
        return 2 * number + (action.kind == "B")

    # --8<-- [start:run_actions]
    def _forward(
        self, action: "Action", stage: int, received: "torch.Tensor | None"
    ) -> "torch.Tensor":
        """Return the activation for the next stage, and keep the graph that made it."""
        x = self._inputs[action.micro_batch] if received is None else received.requires_grad_()
        out: torch.Tensor = self.chunks[action.chunk](x)
        if stage + 1 == self.schedule.stages:
            out = self.loss(out, self._targets[action.micro_batch]) / self.schedule.micro_batches
            self._losses.append(out.detach())
        else:
            self._check_output(out, stage)
        self._kept[action.micro_batch, action.chunk] = (x, out)
        return out.detach()

    def _backward(
        self, action: "Action", stage: int, received: "torch.Tensor | None"
    ) -> "torch.Tensor | None":
        """Return the gradient of the input, for the stage before."""
        x, out = self._kept.pop((action.micro_batch, action.chunk))
        if self.schedule.splits_backward:
            self._kept[action.micro_batch, action.chunk] = (out, received)  # for W
            return torch.autograd.grad(out, x, received, retain_graph=True)[0] if stage else None
        torch.autograd.backward(out, received)
        gradient: torch.Tensor | None = x.grad
        return gradient

    def _weights(self, action: "Action", stage: int, received: "torch.Tensor | None") -> None:
        """Add the gradients of the weights, put off until now."""
        out, gradient = self._kept.pop((action.micro_batch, action.chunk))
        weights = [p for p in self.chunks[action.chunk].parameters() if p.requires_grad]
        if not weights or not out.requires_grad:
            return
        grads = torch.autograd.grad(out, weights, gradient, allow_unused=True)
        for weight, grad in zip(weights, grads, strict=True):
            if grad is not None:
                weight.grad = grad if weight.grad is None else weight.grad + grad

    # --8<-- [end:run_actions]

    def _check_output(self, out: Tensor, stage: int) -> None:
        if tuple(out.shape) != self.shape or out.dtype != self.dtype:
            raise ValueError(
                f"expected stage {stage} to return {self.dtype} of shape {self.shape}, "
                f"got {out.dtype} of shape {tuple(out.shape)}"
            )


class GPTStage(nn.Module):
    """Some consecutive blocks of a `GPT`; the first stage embeds as well, the last makes the logits.

    Args:
        model: the whole, of which copies are taken.
        stage: which, from 0.
        stages: into how many the blocks are cut.

    Raises:
        ValueError: `stages` does not divide the layers.

    Examples:
        >>> from reference_impl.gpt import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=4, heads=2))
        >>> first, last = gpt_stages(model, 2)
        >>> ids = torch.tensor([[1, 2, 3]])
        >>> torch.equal(last(first(ids)), model(ids))
        True
    """

    def __init__(self, model: GPT, stage: int, stages: int) -> None:
        super().__init__()
        layers = len(model.blocks)
        if layers % stages:
            raise ValueError(
                f"expected layers to be a multiple of the {stages} stages, got {layers}"
            )
        share = layers // stages
        self.is_first, self.is_last = stage == 0, stage == stages - 1
        if self.is_first or self.is_last:
            self.tokens = copy.deepcopy(model.tokens)
        if self.is_first:
            self.positions = copy.deepcopy(model.positions)
        self.blocks = copy.deepcopy(model.blocks[stage * share : (stage + 1) * share])
        if self.is_last:
            self.norm = copy.deepcopy(model.norm)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the next stage reads, or the logits.

        Args:
            x: ids, `(batch, length)`, for the first stage; else tokens, `(batch, length, dim)`.
        """
        if self.is_first:
            x = self.tokens(x) + self.positions(torch.arange(x.shape[1], device=x.device))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.tokens.weight.T if self.is_last else x


def gpt_stages(model: GPT, stages: int) -> list[GPTStage]:
    """Return a GPT, cut into stages.

    Args:
        model: the whole, of which copies are taken; its dropout should be 0.
        stages: how many; they must divide the layers.

    Raises:
        ValueError: they don't.

    Examples:
        >>> from reference_impl.gpt import GPTConfig
        >>> gpt_stages(GPT(GPTConfig(vocab=9, context=4, dim=8, layers=3, heads=2)), 2)
        Traceback (most recent call last):
        ValueError: expected layers to be a multiple of the 2 stages, got 3
    """
    return [GPTStage(model, stage, stages) for stage in range(stages)]


# --8<-- [start:run_tied]
def sum_tied_gradients(chunks: "Sequence[Any]", group: "Group" = None) -> None:
    """Give the first and the last stage of a GPT the gradient of their common matrix: the sum.

    To be called on every rank after a step.

    Args:
        chunks: this rank's stages.
        group: the ranks of the pipeline; all by default.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> from reference_impl.gpt import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=2, heads=2))
        >>> def work(rank):
        ...     stage = GPTStage(model, rank, 2)
        ...     stage.tokens.weight.grad = torch.full((9, 8), 1.0 + rank)
        ...     sum_tied_gradients([stage])
        ...     return stage.tokens.weight.grad.mean().item()
        >>> run_ranks(work, 2, start_method="fork")
        [3.0, 3.0]
    """
    tied = [chunk.tokens.weight for chunk in chunks if hasattr(chunk, "tokens")]
    if not tied:
        return
    total = torch.stack([weight.grad for weight in tied]).sum(0)
    rank, ranks = distributed.get_rank(group), distributed.get_world_size(group)
    if ranks > 1:
        link, other = Link(group), ranks - 1 - rank
        link.send(total, other, tag=0)
        theirs = link.receive(torch.empty_like(total), other, tag=0)
        link.wait()
        total = total + theirs
    for weight in tied:
        weight.grad = total.clone()


# --8<-- [end:run_tied]
