r"""What a training step costs a rank by formula: bytes sent, bytes held, time of a collective.

Bytes sent: derived from what each scheme's own code sends, to the byte. Activations: Korthikanti et al., [*Reducing
activation recomputation in large transformer models*](https://arxiv.org/abs/2205.05198), section 4 and table 2; their s, b,
h, a, t are `length`, `rows`, `dim`, `heads`, `tensor`. Time: a message of S bytes takes $\alpha + S / \beta$.
"""

# --8<-- [start:costs_imports]
import math
from dataclasses import dataclass

import torch

# --8<-- [end:costs_imports]
from torch import nn

from reference_impl.distributed.collectives import ring_bytes
from reference_impl.distributed.counted_steps import SCHEMES, TrainStep
from reference_impl.distributed.data_parallel import make_buckets
from reference_impl.distributed.experts import expert_capacity
from reference_impl.gpt import GPT, GPTConfig

__all__ = ["Wire", "activation_bytes", "sent_bytes"]

Real = int | float


def _weights(step: "TrainStep") -> "dict[str, nn.Parameter]":
    """Return the model's parameters by name: shapes without memory."""
    with torch.device("meta"):
        return dict(GPT(step.config).to(step.dtype).named_parameters())


def _block(weights: "dict[str, nn.Parameter]", block: int) -> int:
    """Return the number of parameters of a block."""
    return sum(p.numel() for name, p in weights.items() if name.startswith(f"blocks.{block}."))


def sent_bytes(scheme: str, step: TrainStep, rank: int = 0) -> dict[str, int]:
    """Return what a rank sends in one training step, by what it is for.

    Rings are those of `all_reduce`, `all_gather` and `reduce_scatter` of this package.

    Args:
        scheme: one of `data`, `zero-1`, `zero-2`, `zero-3`, `tensor`, `sequence`, `pipeline`, `ring`, `ulysses`, `experts`.
        step: what is trained, and on how many ranks.
        rank: whose bytes.

    Raises:
        ValueError: the scheme is unknown, there is no such rank, or something can't be shared out.

    Examples:
        >>> config = GPTConfig(vocab=20, context=8, dim=8, layers=2, heads=2)
        >>> step = TrainStep(config=config, batch=4, length=8, ranks=2)
        >>> sent_bytes("pipeline", step)
        {'activations': 1024, 'their gradients': 0, 'tied matrix': 640}
        >>> sent_bytes("data", step)
        {'gradients': 7936, 'which are missing': 112, 'loss': 4}
    """
    if scheme not in SCHEMES:
        raise ValueError(f"expected a scheme of {', '.join(SCHEMES)}, got {scheme!r}")
    if not 0 <= rank < step.ranks:
        raise ValueError(f"expected a rank from 0 to {step.ranks - 1}, got {rank}")
    kind, _, rest = scheme.partition("-")
    if kind == "zero":
        return _zero(step, rank, int(rest))
    if kind in ("tensor", "sequence"):
        return _tensor(step, rank, kind == "sequence")
    if kind in ("ring", "ulysses"):
        return _context(step, rank, kind == "ring")
    return {"data": _data, "pipeline": _pipeline, "experts": _experts}[kind](step, rank)


# --8<-- [start:costs_data]
def _data(step: "TrainStep", rank: int) -> "dict[str, int]":
    weights, size = list(_weights(step).values()), step.dtype.itemsize
    buckets = [sum(p.numel() for p in b) for b in make_buckets(weights, step.bucket_bytes)]
    return {
        "gradients": sum(ring_bytes(numel, size, step.ranks, rank) for numel in buckets),
        "which are missing": ring_bytes(len(weights), 4, step.ranks, rank),  # a flag of each
        "loss": ring_bytes(1, size, step.ranks, rank),
    }


def _zero(step: "TrainStep", rank: int, stage: int) -> "dict[str, int]":
    weights, size, n = _weights(step), step.dtype.itemsize, step.ranks
    blocks = [_block(weights, i) for i in range(step.config.layers)]
    rest = sum(p.numel() for p in weights.values()) - sum(blocks)
    pieces = [-(-numel // n) for numel in blocks]  # filled up, so that all pieces are equal
    inside, outside = (n - 1) * size * sum(pieces), (n - 1) * size * -(-rest // n)
    return {
        "gradients": inside + outside,
        "weights": (2 if stage == 3 else 1) * inside + outside,  # embeddings: once
        "which are missing": ring_bytes(len(weights), 4, n, rank),
        "loss": ring_bytes(1, size, n, rank),
    }


# --8<-- [end:costs_data]


def _tensor(step: "TrainStep", rank: int, sequence: bool) -> "dict[str, int]":
    config, size, n = step.config, step.dtype.itemsize, step.ranks
    for name in ("heads", "hidden_size", "vocab"):
        step.share(name, getattr(config, name))
    places = step.batch * step.length
    if sequence:
        part = step.share("length", step.length) * step.batch * config.dim
        one = 2 * (n - 1) * part * size  # a gather and a scatter, one of them in backward
    else:
        one = ring_bytes(places * config.dim, size, n, rank)
    largest, sums = (ring_bytes(count * places, size, n, rank) for count in (1, 2))
    whole = ("positions.weight", "norm.", "out.bias", "down.bias")  # on every rank
    shared = [p for name, p in _weights(step).items() if any(part in name for part in whole)]
    return {
        "blocks": 4 * config.layers * one,
        "embedding and head": 2 * one,
        "loss on cut logits": largest + sums,
        "gradients of what all hold": sequence
        * sum(ring_bytes(p.numel(), size, n, rank) for p in shared),
    }


def _pipeline(step: "TrainStep", rank: int) -> "dict[str, int]":
    config, size, n = step.config, step.dtype.itemsize, step.ranks
    rows = step.share("batch", step.batch, step.micro_batches)
    step.share("layers", config.layers, n * step.chunks)
    one = step.micro_batches * rows * step.length * config.dim * size if n > 1 else 0
    is_end = n > 1 and rank in (0, n - 1)
    return {
        "activations": one * (step.chunks - (rank == n - 1)),  # the last stage sends none
        "their gradients": one * (step.chunks - (rank == 0)),
        "tied matrix": config.vocab * config.dim * size * is_end,
    }


def _context(step: "TrainStep", rank: int, ring: bool) -> "dict[str, int]":
    config, size, n = step.config, step.dtype.itemsize, step.ranks
    tokens = 2 * step.share("length", step.length, 2 * n) * step.batch
    if not ring:
        step.share("heads", config.heads)
    part = tokens * config.heads * config.head_size  # of the keys, or of the values
    weights = _weights(step).values()
    if ring:  # keys and values take n - 1 steps, their gradients n: they must come home
        forward = 2 * (n - 1) * part * size
        backward = forward + 2 * n * part * max(size, 4) * (n > 1)
    else:
        forward = backward = 4 * (n - 1) * part // n * size
    return {
        "attention forward": config.layers * forward,
        "attention backward": config.layers * backward,
        "gradients": sum(ring_bytes(p.numel(), size, n, rank) for p in weights),
        "loss": ring_bytes(1, size, n, rank),
    }


def _experts(step: "TrainStep", rank: int) -> "dict[str, int]":
    config, size, n = step.config, step.dtype.itemsize, step.ranks
    here = step.share("experts", step.experts)
    rows = step.share("batch", step.batch)  # each is a group of tokens with its own capacity
    places = rows * expert_capacity(step.length, step.experts, 1.25)
    away = (step.experts - here) * places * config.dim * size
    shared = [p.numel() for name, p in _weights(step).items() if ".mlp." not in name]
    shared += config.layers * [step.experts * config.dim]  # routers
    return {
        "tokens forward": config.layers * 2 * away,  # there and back
        "tokens backward": config.layers * 2 * away,
        "how many": config.layers * (step.experts - here) * 8,
        "gradients": sum(ring_bytes(numel, size, n, rank) for numel in shared),
        "loss": ring_bytes(1, size, n, rank),
    }


def activation_bytes(
    config: "GPTConfig",
    length: int,
    rows: int,
    tensor: int = 1,
    sequence: bool = True,
    recompute: str = "attention",
) -> float:
    """Return what one block keeps of one micro-batch for backward, on one rank, in 2-byte numbers.

    The paper's `s b h (34 + 5 a s / h)`, written for any width inside. It has dropout, with masks of 1 byte.

    Args:
        config: of the model.
        length: tokens of a sequence.
        rows: sequences of the micro-batch.
        tensor: ranks that share the block.
        sequence: norms, dropout and inputs are cut along the sequence too.
        recompute: `none`; `attention`, the scores alone, as fused kernels do; or `full`, all but the input.

    Raises:
        ValueError: a number is less than 1, or there is no such `recompute`.

    Examples:
        >>> config = GPTConfig(vocab=51_200, context=2048, dim=12_288, layers=96, heads=96)  # GPT-3
        >>> per_number = 2048 * 12_288
        >>> [activation_bytes(config, 2048, 1, recompute=r) / per_number for r in ("none", "attention", "full")]
        [114.0, 34.0, 2.0]
        >>> activation_bytes(config, 2048, 1, tensor=8) / per_number
        4.25
    """
    if min(length, rows, tensor) < 1:
        raise ValueError(f"expected numbers of at least 1, got {length}, {rows} and {tensor}")
    inner = config.heads * config.head_size
    whole = (10 if recompute != "full" else 2) * config.dim
    cut = 8 * inner + 4 * config.hidden_size if recompute != "full" else 0
    scores = {"none": 5 * config.heads * length, "attention": 0, "full": 0}
    if recompute not in scores:
        raise ValueError(f"expected none, attention or full, got {recompute!r}")
    cut += scores[recompute]
    return length * rows * (whole / (tensor if sequence else 1) + cut / tensor)


@dataclass(frozen=True)
class Wire:
    """What a rank sends through: `latency + bytes / bandwidth` for a message.

    Attributes:
        latency: seconds, whatever the size.
        bandwidth: bytes a second, one way.

    Raises:
        ValueError: the latency is below 0, or the bandwidth not above.

    Examples:
        >>> Wire(latency=1e-5, bandwidth=1e9).seconds("send", 1_000_000, ranks=2)
        0.00101
    """

    latency: Real
    bandwidth: Real

    def __post_init__(self) -> None:
        if not (self.latency >= 0 and self.bandwidth > 0):
            raise ValueError(
                f"expected a latency of at least 0 and a bandwidth above 0, got {self}"
            )

    def seconds(self, kind: str, size: Real, ranks: int) -> float:
        """Return how long a collective takes: its rounds, and what a rank sends in all of them.

        Args:
            kind: `send`, `all-gather`, `reduce-scatter`, `all-to-all`, `all-reduce` or `tree`, an all-reduce by a tree.
            size: bytes of the whole tensor.
            ranks: that take part.

        Raises:
            ValueError: there is no such kind, or no ranks.
        """
        if ranks < 1:
            raise ValueError(f"expected at least 1 rank, got {ranks}")
        part, levels = (ranks - 1) / ranks, math.ceil(math.log2(ranks))
        costs = dict.fromkeys(("all-gather", "reduce-scatter", "all-to-all"), (ranks - 1, part))
        costs |= {"send": (1, 1.0), "all-reduce": (2 * (ranks - 1), 2 * part)}
        costs |= {"tree": (2 * levels, 2.0 * levels)}
        if kind not in costs:
            raise ValueError(f"expected a kind of {', '.join(costs)}, got {kind!r}")
        rounds, share = costs[kind]
        return rounds * self.latency + share * size / self.bandwidth
