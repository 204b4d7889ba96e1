"""Tensor and sequence parallelism: each matrix of a Transformer cut over the ranks, and the GPT made of such layers.

Shoeybi et al., [*Megatron-LM*](https://arxiv.org/abs/1909.08053), section 3: columns, then rows, and their operators f
and g. Korthikanti et al., [*Reducing activation recomputation in large transformer
models*](https://arxiv.org/abs/2205.05198), section 4.2.2: sequence parallelism. Their A is `weight.T` here: PyTorch keeps
weights as (out, in), so their columns are its rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

# --8<-- [start:tensor_imports]
import torch

# --8<-- [end:tensor_imports]
from jaxtyping import Float, Int
from torch import Tensor, distributed, nn
from torch.nn.functional import embedding, linear
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impl.gpt import Attention, Block, FeedForward, GPTConfig

__all__ = [
    "CollectiveCounter",
    "ColumnParallelLinear",
    "ParallelAttention",
    "ParallelFeedForward",
    "ParallelGPT",
    "RowParallelLinear",
    "VocabParallelEmbedding",
    "join_states",
    "shard_state",
    "vocab_parallel_cross_entropy",
]

Group = distributed.ProcessGroup | None
Context = Any  # that of an autograd function: any name may be set on it

_COLLECTIVES = ("reduce", "gather", "scatter", "all_to_all", "alltoall", "broadcast")


class CollectiveCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types
    """Counts the collectives that run under it, in forward and in backward, whoever calls them.

    Attributes:
        counts: how often each ran, by PyTorch's name for it.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     with CollectiveCounter() as counter:
        ...         distributed.all_reduce(torch.ones(2))
        ...     return dict(counter.counts)
        >>> run_ranks(work, 2, start_method="fork")[0]
        {'allreduce_': 1}
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch has no types
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401  # an operator: its type is not public
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  # whatever the operator returns
        name = func.overloadpacket.__name__
        if "c10d" in func.namespace and any(word in name for word in _COLLECTIVES):
            self.counts[name] += 1
        return func(*args, **(kwargs or {}))


def _share(what: str, size: int, ranks: int) -> int:
    """Return a rank's share of something that must divide."""
    if size % ranks:
        raise ValueError(f"expected {what} to be a multiple of the {ranks} ranks, got {size}")
    return size // ranks


# --8<-- [start:tensor_f_g]
class _CopyToRanks(torch.autograd.Function):
    """f: the input as it is; backward adds up what the ranks found."""

    @staticmethod
    def forward(ctx: "Context", x: "torch.Tensor", group: "Group") -> "torch.Tensor":
        ctx.group = group
        return x.view_as(x)

    @staticmethod
    def backward(ctx: "Context", grad: "torch.Tensor") -> "tuple[torch.Tensor, None]":
        grad = grad.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(grad, group=ctx.group)
        return grad, None


class _SumOverRanks(torch.autograd.Function):
    """g: adds up what the ranks found; backward passes the gradient on."""

    @staticmethod
    def forward(ctx: "Context", x: "torch.Tensor", group: "Group") -> "torch.Tensor":
        x = x.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(x, group=group)
        return x

    @staticmethod
    def backward(ctx: "Context", grad: "torch.Tensor") -> "tuple[torch.Tensor, None]":
        return grad, None


# --8<-- [end:tensor_f_g]
# --8<-- [start:tensor_sequence]
def _gather(x: "torch.Tensor", group: "Group") -> "torch.Tensor":
    parts = [torch.empty_like(x) for _ in range(distributed.get_world_size(group))]
    distributed.all_gather(parts, x.contiguous(), group=group)
    return torch.cat(parts, dim=1)


def _sum_and_scatter(x: "torch.Tensor", group: "Group") -> "torch.Tensor":
    ranks = distributed.get_world_size(group)
    _share("length", x.shape[1], ranks)
    parts = [part.contiguous() for part in x.chunk(ranks, dim=1)]
    out = torch.empty_like(parts[0])
    distributed.reduce_scatter(out, parts, group=group)
    return out


class _GatherSequence(torch.autograd.Function):
    """Each rank's places, (batch, length / ranks, dim), become all places; backward sums and cuts."""

    @staticmethod
    def forward(ctx: "Context", x: "torch.Tensor", group: "Group") -> "torch.Tensor":
        ctx.group = group
        return _gather(x, group)

    @staticmethod
    def backward(ctx: "Context", grad: "torch.Tensor") -> "tuple[torch.Tensor, None]":
        return _sum_and_scatter(grad, ctx.group), None


class _ScatterSequence(torch.autograd.Function):
    """Sums over the ranks and keeps the own places; backward gathers."""

    @staticmethod
    def forward(ctx: "Context", x: "torch.Tensor", group: "Group") -> "torch.Tensor":
        ctx.group = group
        return _sum_and_scatter(x, group)

    @staticmethod
    def backward(ctx: "Context", grad: "torch.Tensor") -> "tuple[torch.Tensor, None]":
        return _gather(grad, ctx.group), None


# --8<-- [end:tensor_sequence]


def _enter(x: Tensor, group: Group, sequence: bool) -> Tensor:
    """Give each rank the whole input of a layer that is cut by columns."""
    function = _GatherSequence if sequence else _CopyToRanks
    out: Tensor = function.apply(x, group)  # type: ignore[no-untyped-call]  # torch's has no types
    return out


def _leave(x: Tensor, group: Group, sequence: bool) -> Tensor:
    """Add up the ranks' parts of an output."""
    function = _ScatterSequence if sequence else _SumOverRanks
    out: Tensor = function.apply(x, group)  # type: ignore[no-untyped-call]  # torch's has no types
    return out


class ColumnParallelLinear(nn.Module):
    """A linear layer of which each rank computes some outputs: `weight` holds their rows.

    Args:
        inputs: width of the input, which every rank has whole.
        outputs: width of the whole output.
        group: the ranks that share the layer; all by default.
        sequence: the input is cut along the sequence, and gathered here.

    Raises:
        ValueError: the number of ranks does not divide `outputs`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     return list(ColumnParallelLinear(4, 6)(torch.ones(2, 4)).shape)
        >>> run_ranks(work, 2, start_method="fork")
        [[2, 3], [2, 3]]
    """

    def __init__(
        self, inputs: int, outputs: int, group: Group = None, sequence: bool = False
    ) -> None:
        super().__init__()
        self.group, self.sequence = group, sequence
        share = _share("outputs", outputs, distributed.get_world_size(group))
        self.weight = nn.Parameter(torch.empty(share, inputs))
        self.bias = nn.Parameter(torch.empty(share))
        _draw(self.weight, self.bias, inputs)

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return this rank's outputs, `(..., outputs / ranks)`.

        Args:
            x: the whole input, `(..., inputs)`; with `sequence` this rank's places of it.
        """
        return linear(_enter(x, self.group, self.sequence), self.weight, self.bias)


class RowParallelLinear(nn.Module):
    """A linear layer of which each rank has some inputs: the ranks' results are added up.

    Args:
        inputs: width of the whole input.
        outputs: width of the output, which every rank gets whole.
        group: the ranks that share the layer; all by default.
        sequence: the output is cut along the sequence.

    Raises:
        ValueError: the number of ranks does not divide `inputs`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     return list(RowParallelLinear(4, 6)(torch.ones(3, 2)).shape)
        >>> run_ranks(work, 2, start_method="fork")
        [[3, 6], [3, 6]]
    """

    def __init__(
        self, inputs: int, outputs: int, group: Group = None, sequence: bool = False
    ) -> None:
        super().__init__()
        self.group, self.sequence = group, sequence
        share = _share("inputs", inputs, distributed.get_world_size(group))
        self.weight = nn.Parameter(torch.empty(outputs, share))
        self.bias = nn.Parameter(torch.empty(outputs))
        _draw(self.weight, self.bias, inputs)

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return the whole output, `(..., outputs)`; with `sequence` this rank's places of it.

        Args:
            x: this rank's part of the input, `(..., inputs / ranks)`.
        """
        # The bias comes after the sum: before it, each rank would add it once.
        return _leave(linear(x, self.weight), self.group, self.sequence) + self.bias


def _draw(weight: nn.Parameter, bias: nn.Parameter, inputs: int) -> None:
    """Draw a share with the spread of the whole layer, as `nn.Linear` does."""
    for parameter in (weight, bias):
        nn.init.uniform_(parameter, -(inputs**-0.5), inputs**-0.5)


class ParallelAttention(Attention):
    """`reference_impl.gpt.Attention` with the heads shared out; its forward is unchanged.

    Args:
        config: the sizes of the whole.
        band: as there.
        group: the ranks that share the layer; all by default.
        sequence: input and output are cut along the sequence.

    Raises:
        ValueError: the number of ranks does not divide the heads.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4)
        >>> run_ranks(lambda rank: ParallelAttention(config).heads, 2, start_method="fork")
        [2, 2]
    """

    def __init__(
        self,
        config: GPTConfig,
        band: int | None = None,
        group: Group = None,
        sequence: bool = False,
    ) -> None:
        share = _share("heads", config.heads, distributed.get_world_size(group))
        nn.Module.__init__(self)
        inner = config.heads * config.head_size
        self.heads, self.band, self.dropout = share, band, config.dropout
        qkv = ColumnParallelLinear(config.dim, 3 * inner, group, sequence)
        self.qkv = cast(nn.Linear, qkv)  # called like one
        self.out = cast(nn.Linear, RowParallelLinear(inner, config.dim, group, sequence))


class ParallelFeedForward(FeedForward):
    """`reference_impl.gpt.FeedForward`: the first layer cut by columns, the second by rows.

    Args:
        config: the sizes of the whole.
        group: the ranks that share the layer; all by default.
        sequence: input and output are cut along the sequence.

    Raises:
        ValueError: the number of ranks does not divide the inner width.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4)
        >>> def work(rank):
        ...     return list(ParallelFeedForward(config).up.weight.shape)
        >>> run_ranks(work, 2, start_method="fork")
        [[16, 8], [16, 8]]
    """

    def __init__(self, config: GPTConfig, group: Group = None, sequence: bool = False) -> None:
        nn.Module.__init__(self)
        self.dropout = config.dropout
        up = ColumnParallelLinear(config.dim, config.hidden_size, group, sequence)
        down = RowParallelLinear(config.hidden_size, config.dim, group, sequence)
        self.up, self.down = cast(nn.Linear, up), cast(nn.Linear, down)  # called like one


class VocabParallelEmbedding(nn.Module):
    """An embedding of which each rank holds the rows of some tokens; the others' rows count as 0.

    Args:
        vocab: number of tokens.
        dim: width of a row.
        group: the ranks that share the table; all by default.
        sequence: the output is cut along the sequence.

    Raises:
        ValueError: the number of ranks does not divide `vocab`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     table = VocabParallelEmbedding(6, 2)
        ...     return table.first, list(table(torch.tensor([[0, 5]])).shape)
        >>> run_ranks(work, 2, start_method="fork")
        [(0, [1, 2, 2]), (3, [1, 2, 2])]
    """

    def __init__(self, vocab: int, dim: int, group: Group = None, sequence: bool = False) -> None:
        super().__init__()
        self.group, self.sequence = group, sequence
        share = _share("vocab", vocab, distributed.get_world_size(group))
        self.first = share * distributed.get_rank(group)
        self.weight = nn.Parameter(torch.randn(share, dim))

    # --8<-- [start:tensor_embedding]
    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch places dim"]:
        """Return the rows of the tokens; with `sequence` those of this rank's places.

        Args:
            ids: tokens.
        """
        local = ids - self.first
        mine = (local >= 0) & (local < len(self.weight))
        rows = embedding(local.where(mine, 0), self.weight)
        return _leave(rows.where(mine[..., None], 0.0), self.group, self.sequence)

    # --8<-- [end:tensor_embedding]


# --8<-- [start:tensor_loss]
class _VocabParallelCrossEntropy(torch.autograd.Function):
    """Each target's loss, from logits of which every rank has some columns."""

    @staticmethod
    def forward(
        ctx: "Context",
        logits: "torch.Tensor",
        targets: "torch.Tensor",
        first: int,
        group: "Group",
    ) -> "torch.Tensor":
        largest = logits.max(-1).values
        distributed.all_reduce(largest, distributed.ReduceOp.MAX, group=group)
        exponents = logits - largest[:, None]  # at most 0: exp can't overflow
        local = targets - first
        mine = (local >= 0) & (local < logits.shape[1])
        local = local.where(mine, 0)[:, None]
        target = exponents.gather(1, local)[:, 0].where(mine, 0.0)
        both = torch.stack((exponents.exp().sum(1), target))
        distributed.all_reduce(both, group=group)  # sums of exponentials, and target logits
        ctx.save_for_backward(exponents.exp() / both[0, :, None], local, mine)
        return both[0].log() - both[1]

    @staticmethod
    def backward(ctx: "Context", grad: "torch.Tensor") -> "tuple[torch.Tensor, None, None, None]":
        softmax, local, mine = ctx.saved_tensors
        hit = torch.zeros_like(softmax).scatter_(1, local, mine[:, None].to(softmax.dtype))
        return (softmax - hit) * grad[:, None], None, None, None


# --8<-- [end:tensor_loss]


def vocab_parallel_cross_entropy(
    logits: Float[Tensor, "places share"],
    targets: Int[Tensor, " places"],
    group: Group = None,
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy; no rank ever holds all logits of a place.

    Args:
        logits: this rank's columns, in the order of the ranks.
        targets: ids; -100 where nothing is asked.
        group: the ranks that share the vocabulary; all by default.

    Raises:
        ValueError: a target is neither a token nor -100.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     logits = torch.zeros(3, 4)
        ...     loss = vocab_parallel_cross_entropy(logits, torch.tensor([0, 7, -100]))
        ...     return round(loss.item(), 4)
        >>> run_ranks(work, 2, start_method="fork")[0]  # log 8
        2.0794
    """
    share = logits.shape[1]
    vocab = share * distributed.get_world_size(group)
    asked = targets != -100
    wrong = asked & ((targets < 0) | (targets >= vocab))
    if bool(wrong.any()):
        found = int(targets[wrong][0])
        raise ValueError(f"expected targets from 0 to {vocab - 1}, or -100, got {found}")
    first = share * distributed.get_rank(group)
    losses: Tensor = _VocabParallelCrossEntropy.apply(logits, targets, first, group)  # type: ignore[no-untyped-call]  # torch's has no types
    return losses.where(asked, 0.0).sum() / asked.sum()


class _ParallelBlock(Block):
    def __init__(self, config: GPTConfig, band: int | None, group: Group, sequence: bool) -> None:
        super().__init__(config, band)
        self.attention = ParallelAttention(config, band, group, sequence)
        self.mlp = ParallelFeedForward(config, group, sequence)


class ParallelGPT(nn.Module):
    """A rank's part of a GPT: some heads, some inner features, some tokens of each layer.

    Its first weights are placeholders: load those of `shard_state`. Ranks with equal seeds would
    have equal shares; with different seeds, the weights that all share would differ.

    Args:
        config: the sizes of the whole; its dropout must be 0, as the ranks would have to agree on
            what to drop.
        group: the ranks that share the model; all by default.
        sequence: between the cut layers, each rank has only its share of the places.

    Raises:
        ValueError: the number of ranks does not divide the heads, the inner width or the
            vocabulary, or the config has dropout.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> config = GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4)
        >>> def work(rank):
        ...     return list(ParallelGPT(config)(torch.zeros(2, 3, dtype=torch.long)).shape)
        >>> run_ranks(work, 2, start_method="fork")
        [[2, 3, 4], [2, 3, 4]]
    """

    def __init__(self, config: GPTConfig, group: Group = None, sequence: bool = False) -> None:
        super().__init__()
        if config.dropout:
            raise ValueError(f"expected a dropout of 0, got {config.dropout}")
        self.config, self.group, self.sequence = config, group, sequence
        self.tokens = VocabParallelEmbedding(config.vocab, config.dim, group, sequence)
        self.positions = nn.Embedding(config.context, config.dim)
        self.blocks = nn.ModuleList(
            _ParallelBlock(config, config.band if config.is_banded(i) else None, group, sequence)
            for i in range(config.layers)
        )
        self.norm = nn.LayerNorm(config.dim, config.eps) if config.final_norm else nn.Identity()

    # --8<-- [start:tensor_gpt]
    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length share"]:
        """Return this rank's columns of the logits.

        Args:
            ids: tokens, the same on every rank.

        Raises:
            ValueError: the sequence is too long, or its length can't be shared out.
        """
        places = self._places(ids)
        x = self.tokens(ids) + self.positions(places)
        for block in self.blocks:
            x = block(x)
        whole = _enter(self.norm(x), self.group, self.sequence)
        return linear(whole, self.tokens.weight)

    # --8<-- [end:tensor_gpt]

    def loss(
        self, ids: Int[Tensor, "batch length"], targets: Int[Tensor, "batch length"]
    ) -> Float[Tensor, ""]:
        """Return the mean cross-entropy, the same on every rank.

        Args:
            ids: tokens.
            targets: what follows each; -100 where nothing is asked.

        Raises:
            ValueError: as for `forward`, or a target is neither a token nor -100.
        """
        logits = self(ids).flatten(0, 1)
        return vocab_parallel_cross_entropy(logits, targets.flatten(), self.group)

    # --8<-- [start:tensor_reduce]
    def reduce_shared_grads(self) -> None:
        """Add up the gradients of weights that every rank holds, where each saw only some places.

        To be called after `backward`. Without `sequence` there is nothing to do: every rank saw
        all places.
        """
        if not self.sequence:
            return
        for name, parameter in self.named_parameters():
            if _cut(name) is None and parameter.grad is not None:
                distributed.all_reduce(parameter.grad, group=self.group)

    # --8<-- [end:tensor_reduce]

    def _places(self, ids: Tensor) -> Tensor:
        length = ids.shape[1]
        if length > self.config.context:
            raise ValueError(f"expected at most {self.config.context} tokens, got {length}")
        places = torch.arange(length, device=ids.device)
        if not self.sequence:
            return places
        ranks = distributed.get_world_size(self.group)
        _share("length", length, ranks)
        return places.chunk(ranks)[distributed.get_rank(self.group)]


# --8<-- [start:tensor_cut]
def _cut(name: "str") -> "tuple[int, int] | None":
    """Return how a weight of the GPT is cut: along which dimension, and into how many groups first.

    The rows of `qkv` are queries, keys and values, one after the other: each third is cut.
    """
    if name.startswith("tokens."):
        return 0, 1
    if ".qkv." in name:
        return 0, 3
    if ".up." in name:
        return 0, 1
    if name.endswith(("out.weight", "down.weight")):
        return 1, 1
    return None


# --8<-- [end:tensor_cut]


def shard_state(state: Mapping[str, Tensor], rank: int, ranks: int) -> dict[str, Tensor]:
    """Return a rank's part of the state dict of a `GPT`, for a `ParallelGPT`.

    Args:
        state: weights, or their gradients, by name.
        rank: whose part.
        ranks: number of parts.

    Raises:
        ValueError: there is no such rank, or a weight can't be shared out.

    Examples:
        >>> from reference_impl.gpt import GPT
        >>> model = GPT(GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4))
        >>> shard = shard_state(model.state_dict(), rank=1, ranks=4)
        >>> list(shard["blocks.0.attention.qkv.weight"].shape)
        [6, 8]
    """
    if not 0 <= rank < ranks:
        raise ValueError(f"expected a rank from 0 to {ranks - 1}, got {rank}")
    shard = {}
    for name, weight in state.items():
        if (cut := _cut(name)) is None:
            shard[name] = weight.clone()
            continue
        dim, groups = cut
        _share(f"dimension {dim} of {name}", weight.shape[dim] // groups, ranks)
        thirds = [part.chunk(ranks, dim)[rank] for part in weight.chunk(groups, dim)]
        shard[name] = torch.cat(thirds, dim)
    return shard


def join_states(shards: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the state dict of the whole `GPT`, the inverse of `shard_state`.

    Args:
        shards: those of all ranks, in their order.

    Examples:
        >>> from reference_impl.gpt import GPT
        >>> model = GPT(GPTConfig(vocab=8, context=4, dim=8, layers=1, heads=4))
        >>> state = model.state_dict()
        >>> again = join_states([shard_state(state, rank, 2) for rank in range(2)])
        >>> all(torch.equal(again[name], state[name]) for name in state)
        True
    """
    state = {}
    for name, weight in shards[0].items():
        if (cut := _cut(name)) is None:
            state[name] = weight.clone()
            continue
        dim, groups = cut
        pieces = [shard[name].chunk(groups, dim) for shard in shards]
        state[name] = torch.cat([piece[i] for i in range(groups) for piece in pieces], dim)
    return state
