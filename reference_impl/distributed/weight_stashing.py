"""PipeDream: a pipeline without a flush, in which each backward is followed by an update.

Harlap et al., [*PipeDream*](https://arxiv.org/abs/1806.03377). Their n is `ranks`; their stages count from 1, ours from
0.
"""

from collections.abc import Callable, Sequence

# --8<-- [start:pipedream_imports]
import torch

# --8<-- [end:pipedream_imports]
from torch import Tensor, distributed, nn
from torch.func import functional_call

from reference_impl.distributed.pipeline import Link
from reference_impl.distributed.pipeline_schedule import pipedream

__all__ = ["PipeDream", "delayed_sgd"]

Loss = Callable[[Tensor, Tensor], Tensor]


class PipeDream:
    """One rank of an asynchronous pipeline with plain SGD.

    Args:
        stage: this rank's layers.
        loss: from the last stage's output and the targets of a mini-batch to the loss.
        shape: of what one stage passes to the next.
        rate: learning rate.
        stash: keep the weights of each forward for its backward. Without it backward mixes old
            activations with newer weights.
        dtype: of what is passed on.
        group: the ranks of the pipeline; all by default.

    Attributes:
        versions: for each mini-batch, how many updates the weights had seen in its forward, and in
            its backward.
        peak: how many versions of the weights the rank held at most.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     loss = lambda out, targets: (out - targets).square().mean()
        ...     runner = PipeDream(nn.Linear(2, 2), loss, shape=(3, 2), rate=0.1)
        ...     runner.train([torch.ones(3, 2)] * 4, [torch.zeros(3, 2)] * 4)
        ...     return runner.versions
        >>> run_ranks(work, 2, start_method="fork")
        [[(0, 0), (0, 1), (1, 2), (2, 3)], [(0, 0), (1, 1), (2, 2), (3, 3)]]
    """

    def __init__(
        self,
        stage: nn.Module,
        loss: Loss,
        shape: Sequence[int],
        rate: float,
        stash: bool = True,
        dtype: torch.dtype = torch.float32,
        group: distributed.ProcessGroup | None = None,
    ) -> None:
        self.stage, self.loss, self.rate, self.stash = stage, loss, rate, stash
        self.shape, self.dtype = tuple(shape), dtype
        self.link = Link(group)
        self.rank, self.ranks = self.link.rank, distributed.get_world_size(group)
        self.versions: list[tuple[int, int]] = []
        self.peak = 0

    def train(self, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> list[float]:
        """Do one update for each mini-batch; return the losses, on the last rank.

        Args:
            inputs: of each mini-batch; only the first rank reads them.
            targets: of each mini-batch; only the last rank reads them.

        Raises:
            ValueError: there are not as many targets as inputs, or none.
        """
        if len(inputs) != len(targets):
            raise ValueError(
                f"expected as many targets as inputs, {len(inputs)}, got {len(targets)}"
            )
        schedule = pipedream(self.ranks, len(inputs))
        self._kept: dict[int, tuple[Tensor, Tensor, dict[str, Tensor], int]] = {}
        self.versions, self.peak, losses = [], 0, []
        for kind, i, _ in schedule.orders[self.rank]:
            if kind == "F":
                out = self._forward(i, inputs[i], targets[i])
                losses += [out.item()] if self._is_last else []
                self.peak = max(self.peak, len(self._kept))
            else:
                self._backward(i)
                self.link.wait(
                    but=4
                )  # the neighbours have received older ones: keep no more of them
        self.link.wait()
        return losses

    @property
    def _is_last(self) -> bool:
        return self.rank == self.ranks - 1

    # --8<-- [start:pipedream_actions]
    def _forward(self, i: int, inputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        x = inputs
        if self.rank > 0:
            into = torch.empty(self.shape, dtype=self.dtype)
            x = self.link.receive(into, self.rank - 1, 2 * i).requires_grad_()
        weights: dict[str, torch.Tensor] = dict(self.stage.named_parameters())
        if self.stash:
            weights = {name: w.detach().clone().requires_grad_() for name, w in weights.items()}
        out: torch.Tensor = functional_call(self.stage, weights, (x,))
        if self._is_last:
            out = self.loss(out, targets)
        else:
            self.link.send(out.detach(), self.rank + 1, 2 * i)
        self._kept[i] = (x, out, weights, len(self.versions))
        return out

    def _backward(self, i: int) -> None:
        x, out, weights, version = self._kept.pop(i)
        given = None
        if not self._is_last:
            into = torch.empty(self.shape, dtype=self.dtype)
            given = self.link.receive(into, self.rank + 1, 2 * i + 1)
        wanted = [*weights.values()] + ([x] if self.rank > 0 else [])
        grads = torch.autograd.grad(out, wanted, given)
        if self.rank > 0:
            self.link.send(grads[-1], self.rank - 1, 2 * i + 1)
        for weight, grad in zip(self.stage.parameters(), grads, strict=False):
            weight.data -= self.rate * grad  # .data: autograd does not notice that weights change
        self.versions.append((version, len(self.versions)))

    # --8<-- [end:pipedream_actions]


# --8<-- [start:pipedream_delayed]
def delayed_sgd(
    stages: "Sequence[nn.Module]",
    loss: "Loss",
    inputs: "Sequence[torch.Tensor]",
    targets: "Sequence[torch.Tensor]",
    rate: float,
) -> "list[float]":
    """Do what PipeDream does, on one process: SGD whose gradients are taken at older weights.

    Stage `i` of `p` uses the weights that it had `p - 1 - i` updates ago, or its first.

    Args:
        stages: the layers, updated in place.
        loss: from the output and the targets of a mini-batch to the loss.
        inputs: of each mini-batch.
        targets: of each mini-batch.
        rate: learning rate.

    Returns:
        The loss of each mini-batch, at the weights that were used.

    Examples:
        >>> layer = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(layer.weight)
        >>> one = torch.ones(1, 1)
        >>> square = lambda out, target: (out - target).square().mean()
        >>> delayed_sgd([layer], square, [one] * 3, [0 * one] * 3, rate=0.25)
        [1.0, 0.25, 0.0625]
    """
    history: list[list[dict[str, torch.Tensor]]]
    history = [[dict(stage.named_parameters())] for stage in stages]
    losses = []
    for k, (x, target) in enumerate(zip(inputs, targets, strict=True)):
        used = []
        for i, stage in enumerate(stages):
            old = history[i][max(0, k - (len(stages) - 1 - i))]
            used.append({name: w.detach().clone().requires_grad_() for name, w in old.items()})
            x = functional_call(stage, used[i], (x,))
        value = loss(x, target)
        losses.append(value.item())
        grads = iter(torch.autograd.grad(value, [w for weights in used for w in weights.values()]))
        for past in history:
            past.append({name: w.detach() - rate * next(grads) for name, w in past[-1].items()})
    for stage, past in zip(stages, history, strict=True):
        stage.load_state_dict(past[-1], strict=False)
    return losses


# --8<-- [end:pipedream_delayed]
