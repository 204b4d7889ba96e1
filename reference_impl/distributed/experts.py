"""A mixture of experts in one process: a router that chooses, capacities, experts, and two losses.

Top-1 is Fedus, Zoph and Shazeer, [*Switch Transformers*](https://arxiv.org/abs/2101.03961), section 2;
top-2 is Lepikhin et al., [*GShard*](https://arxiv.org/abs/2006.16668), section 2.2, without the random skipping
of second experts. The z-loss is that of Zoph et al., [*ST-MoE*](https://arxiv.org/abs/2202.08906), section 3. The
papers' N or E is `experts` here, their C `capacity`. A *group* is a set of tokens that share the capacities; it never
sees another group, so groups can lie on different ranks.
"""

from dataclasses import dataclass
from typing import Any

# --8<-- [start:experts_imports]
import torch

# --8<-- [end:experts_imports]
from jaxtyping import Float, Int
from torch import Tensor, nn

__all__ = [
    "ExpertMLPs",
    "MixtureOfExperts",
    "Router",
    "Routing",
    "balance_loss",
    "expert_capacity",
    "route",
    "z_loss",
]


# --8<-- [start:experts_capacity]
def expert_capacity(tokens: int, experts: int, factor: float) -> int:
    """Return how many choices an expert takes from one group: `factor * tokens / experts`, rounded down.

    Args:
        tokens: in a group.
        experts: among which they choose.
        factor: 1 is an even share of one choice a token; GShard's top-2 uses 2.

    Raises:
        ValueError: a number is not positive, or the capacity is less than 1.

    Examples:
        >>> expert_capacity(tokens=10, experts=4, factor=1.25)
        3
        >>> expert_capacity(tokens=3, experts=4, factor=1.25)
        Traceback (most recent call last):
        ValueError: expected a capacity of at least 1, got int(1.25 * 3 tokens / 4 experts) = 0
    """
    if tokens < 1 or experts < 1 or not factor > 0:
        raise ValueError(
            f"expected tokens and experts of at least 1 and a factor above 0, "
            f"got {tokens}, {experts} and {factor}"
        )
    capacity = int(factor * tokens / experts)
    if capacity < 1:
        raise ValueError(
            f"expected a capacity of at least 1, "
            f"got int({factor} * {tokens} tokens / {experts} experts) = 0"
        )
    return capacity


# --8<-- [end:experts_capacity]


@dataclass(frozen=True)
class Routing:
    """Where the tokens of each group go.

    Attributes:
        logits: what the router computed, `(groups, tokens, experts)`.
        probabilities: their softmax.
        experts: the chosen ones, best first, `(groups, tokens, choices)`.
        gates: by how much each one's output is multiplied; gradients reach the router through it.
        position: place in the queue of the expert, from 0.
        kept: whether that place is below the capacity.
        capacity: what an expert takes from a group.

    Examples:
        >>> routing = route(torch.tensor([[[3.0, 0.0], [2.0, 0.0], [0.0, 1.0]]]), capacity=1)
        >>> routing.experts.flatten(), routing.kept.flatten()
        (tensor([0, 0, 1]), tensor([ True, False,  True]))
        >>> routing.load, round(routing.dropped, 2)
        (tensor([2, 1]), 0.33)
    """

    logits: Float[Tensor, "groups tokens experts"]
    probabilities: Float[Tensor, "groups tokens experts"]
    experts: Int[Tensor, "groups tokens choices"]
    gates: Float[Tensor, "groups tokens choices"]
    position: Int[Tensor, "groups tokens choices"]
    kept: Tensor
    capacity: int

    @property
    def load(self) -> Int[Tensor, " experts"]:
        """How many choices fell on each expert, dropped ones included."""
        return self.experts.flatten().bincount(minlength=self.logits.shape[-1])

    @property
    def dropped(self) -> float:
        """Share of choices that found their expert full."""
        return 1 - self.kept.sum().item() / max(self.kept.numel(), 1)


# --8<-- [start:experts_route]
def _queue(experts: "torch.Tensor", number: int) -> "torch.Tensor":
    """Return each choice's place: all first choices queue before any second one."""
    groups, tokens, choices = experts.shape
    in_order = experts.transpose(1, 2).reshape(groups, -1)  # (groups, choices * tokens)
    one_hot = torch.nn.functional.one_hot(in_order, number)
    place = (one_hot.cumsum(1) * one_hot).sum(-1) - 1
    return place.view(groups, choices, tokens).transpose(1, 2)


def _gates(probabilities: "torch.Tensor", choices: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the chosen experts and their weights: p for one choice, p / sum of both for two."""
    best, experts = [], []
    left = probabilities
    for _ in range(choices):
        value, index = left.max(-1)  # of equal ones, the first
        best.append(value)
        experts.append(index)
        left = left.scatter(-1, index[..., None], -1.0)
    gates = torch.stack(best, -1)
    return torch.stack(experts, -1), gates if choices == 1 else gates / gates.sum(-1, True)


# --8<-- [end:experts_route]


def route(logits: Float[Tensor, "..."], *, capacity: int, choices: int = 1) -> Routing:
    """Choose experts for each token, until they are full.

    Args:
        logits: of the router, `(groups, tokens, experts)`. They are used in their own dtype.
        capacity: what an expert takes from each group. Earlier tokens come first, and all first choices before
            any second one.
        choices: 1, whose gate is its probability (Switch), or 2, whose gates are divided by their sum (GShard).

    Raises:
        ValueError: the shape is another, `choices` is not 1 or 2 or more than the experts, or `capacity` is
            less than 1.

    Examples:
        >>> logits = torch.tensor([[[0.7, 0.2, 0.1], [0.6, 0.1, 0.3]]]).log()
        >>> route(logits, capacity=1).gates.squeeze(-1)
        tensor([[0.7000, 0.6000]])
        >>> two = route(logits, capacity=1, choices=2)
        >>> two.experts.tolist(), two.kept.tolist()
        ([[[0, 1], [0, 2]]], [[[True, True], [False, True]]])
    """
    if logits.ndim != 3 or not logits.is_floating_point():
        raise ValueError(
            f"expected floating logits of shape (groups, tokens, experts), got {logits.dtype} {tuple(logits.shape)}"
        )
    if choices not in (1, 2) or choices > logits.shape[-1]:
        raise ValueError(
            f"expected 1 or 2 choices, not more than the {logits.shape[-1]} experts, got {choices}"
        )
    if capacity < 1:
        raise ValueError(f"expected a capacity of at least 1, got {capacity}")
    probabilities = logits.softmax(-1)
    experts, gates = _gates(probabilities, choices)
    position = _queue(experts, logits.shape[-1])
    return Routing(logits, probabilities, experts, gates, position, position < capacity, capacity)


# --8<-- [start:experts_losses]
def balance_loss(routing: "Routing") -> "torch.Tensor":
    """Return `experts * sum(f * P)`, averaged over groups: 1 when all is even, `experts` at worst.

    f is the share of tokens whose first choice an expert is, which has no gradient; P is its mean
    probability, which has one.

    Examples:
        >>> even, one = torch.eye(4)[None] * 50, torch.tensor([[[50.0, 0.0, 0.0, 0.0]] * 4])
        >>> [round(balance_loss(route(x, capacity=4)).item(), 2) for x in (even, one)]
        [1.0, 4.0]
    """
    number = routing.logits.shape[-1]
    chosen = torch.nn.functional.one_hot(routing.experts[..., 0], number)
    share = chosen.to(routing.probabilities.dtype).mean(1)  # (groups, experts)
    return number * (share * routing.probabilities.mean(1)).sum(-1).mean()


def z_loss(routing: "Routing") -> "torch.Tensor":
    """Return the mean of `logsumexp(logits) ** 2`: large logits cost, whichever expert they favour.

    Examples:
        >>> logits = torch.zeros(1, 2, 4)
        >>> z_loss(route(logits, capacity=2)), z_loss(route(logits + 10, capacity=2))
        (tensor(1.9218), tensor(129.6477))
    """
    return routing.logits.logsumexp(-1).square().mean()


# --8<-- [end:experts_losses]


class Router(nn.Module):
    """The linear layer that scores the experts, in float32 whatever the input is.

    Args:
        dim: width of a token.
        experts: to be scored.

    Examples:
        >>> router = Router(dim=8, experts=4).bfloat16()
        >>> router(torch.ones(1, 3, 8, dtype=torch.bfloat16)).dtype
        torch.float32
    """

    def __init__(self, dim: int, experts: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(experts, dim) * dim**-0.5)

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return the logits of the tokens of x, in float32, or in float64 for float64 input."""
        wide = torch.float32 if x.dtype.itemsize < 4 else x.dtype
        return nn.functional.linear(x.to(wide), self.weight.to(wide))


class ExpertMLPs(nn.Module):
    """Several feed-forward layers `relu(x W_in) W_out`, each with its own weights, in two tensors.

    Args:
        experts: layers held here.
        dim: width of a token.
        hidden: width inside.

    Examples:
        >>> mlps = ExpertMLPs(experts=2, dim=4, hidden=8)
        >>> mlps(torch.ones(5, 4), counts=[3, 2]).shape
        torch.Size([5, 4])
    """

    def __init__(self, experts: int, dim: int, hidden: int) -> None:
        super().__init__()
        self.w_in = nn.Parameter(torch.randn(experts, dim, hidden) * dim**-0.5)
        self.w_out = nn.Parameter(torch.randn(experts, hidden, dim) * hidden**-0.5)

    # --8<-- [start:experts_mlps]
    def forward(self, x: "torch.Tensor", counts: "list[int]") -> "torch.Tensor":
        """Send the first `counts[0]` rows through the first expert, the next through the second, ..."""
        parts = zip(torch.split(x, counts), self.w_in, self.w_out, strict=True)
        return torch.cat([(part @ w_in).relu() @ w_out for part, w_in, w_out in parts])

    # --8<-- [end:experts_mlps]


@dataclass(frozen=True)
class Plan:
    """The kept choices, sorted by expert, for moving rows there and back."""

    token: Int[Tensor, " kept"]  # row of the flat input
    gate: Float[Tensor, " kept"]
    counts: Int[Tensor, " experts"]


def plan(routing: Routing) -> Plan:
    """Return the kept choices in the order of their experts, and within one in that of the tokens."""
    choices = routing.experts.shape[-1]
    chosen = torch.where(routing.kept, routing.experts, routing.logits.shape[-1]).flatten()
    order = chosen.argsort(stable=True)[: int(routing.kept.sum())]
    counts = chosen[order].bincount(minlength=routing.logits.shape[-1])
    return Plan(order // choices, routing.gates.flatten()[order], counts)


def check_tokens(x: Tensor, dim: int) -> None:
    """Raise unless x is `(groups, tokens, dim)` with a token."""
    if x.ndim != 3 or x.shape[-1] != dim or x.numel() == 0:
        raise ValueError(
            f"expected x of shape (groups, tokens, {dim}) with at least one token, got {tuple(x.shape)}"
        )


class MixtureOfExperts(nn.Module):
    """A feed-forward layer of which each token sees one or two parts out of many.

    What it returns for a token without a place is 0, so that the residual connection around the layer passes
    the token on unchanged.

    Args:
        dim: width of a token.
        hidden: width inside an expert.
        experts: how many there are.
        choices: experts for each token, 1 or 2.
        factor: of the capacity, see [`expert_capacity`][reference_impl.distributed.expert_capacity].
        capacity: a fixed capacity instead, whatever the number of tokens.

    Raises:
        ValueError: a size is less than 1, or `choices` not 1 or 2 or more than `experts`.

    Examples:
        >>> layer = MixtureOfExperts(dim=8, hidden=16, experts=4)
        >>> out, routing = layer(torch.randn(2, 12, 8))
        >>> out.shape, routing.capacity
        (torch.Size([2, 12, 8]), 3)
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        experts: int,
        *,
        choices: int = 1,
        factor: float = 1.25,
        capacity: int | None = None,
    ) -> None:
        super().__init__()
        if min(dim, hidden, experts, 1 if capacity is None else capacity) < 1:
            raise ValueError(
                f"expected dim, hidden, experts and capacity of at least 1, "
                f"got {dim}, {hidden}, {experts} and {capacity}"
            )
        if choices not in (1, 2) or choices > experts:
            raise ValueError(
                f"expected 1 or 2 choices, not more than the {experts} experts, got {choices}"
            )
        self.dim, self.choices, self.factor, self.capacity = dim, choices, factor, capacity
        self.router = Router(dim, experts)
        self.mlps = ExpertMLPs(experts, dim, hidden)

    def route(self, x: Float[Tensor, "..."]) -> Routing:
        """Return where the tokens of x, `(groups, tokens, dim)`, go."""
        check_tokens(x, self.dim)
        logits = self.router(x)
        capacity = self.capacity or expert_capacity(x.shape[1], logits.shape[-1], self.factor)
        return route(logits, capacity=capacity, choices=self.choices)

    # --8<-- [start:experts_layer]
    def forward(self, x: "torch.Tensor") -> "tuple[torch.Tensor, Routing]":
        """Return what the experts add to the tokens of x, `(groups, tokens, dim)`, and the routing."""
        routing = self.route(x)
        kept = plan(routing)
        rows = x.flatten(0, 1)
        found = self.mlps(rows[kept.token], kept.counts.tolist())
        found = found * kept.gate.to(x.dtype)[:, None]
        out = torch.zeros_like(rows).index_add(0, kept.token, found)
        return out.view_as(x), routing

    # --8<-- [end:experts_layer]

    @classmethod
    def from_hugging_face(cls, mlp: nn.Module) -> "MixtureOfExperts":
        """Return a layer with the weights of a `SwitchTransformersSparseMLP`, copied.

        Args:
            mlp: with ReLU experts and a router without bias. Its capacity is a fixed number for each
                sequence; dropout and jitter of the router are not taken over.

        Raises:
            ValueError: it is something else.
        """
        theirs = dict(mlp.named_parameters())
        number = sum(name.endswith(".wi.weight") for name in theirs)
        known = {"router.classifier.weight"} | {
            f"experts.expert_{i}.{part}.weight" for i in range(number) for part in ("wi", "wo")
        }
        if number < 1 or set(theirs) != known:
            raise ValueError(
                f"expected a SwitchTransformersSparseMLP with the weights {sorted(known)}, got {sorted(theirs)}"
            )
        hidden, dim = theirs["experts.expert_0.wi.weight"].shape
        router: Any = mlp.router
        ours = cls(dim, hidden, number, capacity=router.expert_capacity)
        with torch.no_grad():
            ours.router.weight.copy_(theirs["router.classifier.weight"])
            for i in range(number):
                ours.mlps.w_in[i] = theirs[f"experts.expert_{i}.wi.weight"].T
                ours.mlps.w_out[i] = theirs[f"experts.expert_{i}.wo.weight"].T
        return ours.to(theirs["experts.expert_0.wi.weight"])
