"""Where the bytes of a training step go: weights, gradients, optimizer, activations, and what comes for a moment.

Rajbhandari et al., [*ZeRO: memory optimizations toward training trillion parameter
models*](https://arxiv.org/abs/1910.02054), section 3, names the parts. Weights and state are cut as
`reference_impl.distributed` cuts them, and the formulas are held against what its classes hold.
"""

# --8<-- [start:estimate_imports]
from collections.abc import Sequence
from dataclasses import dataclass

import torch

# --8<-- [end:estimate_imports]
from torch import nn

from reference_impl.distributed import shard_state
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory.models import gpt_activations

__all__ = ["OPTIMIZERS", "MemoryParts", "Parallel", "estimate_memory", "model_states"]

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adamw": 2}
"""How many numbers an optimizer keeps for each weight."""
STATE_PRECISIONS = ("float32", "autocast", "bfloat16", "master")


@dataclass(frozen=True)
class MemoryParts:
    """Bytes of one rank, by what they are for.

    Attributes:
        parameters: the weights that the model computes with.
        gradients: of all of them, after backward.
        master: float32 copies that the optimizer updates.
        optimizer: averages and counters of steps.
        activations: kept from forward to backward, at most.
        in_flight: whole weights and gradients of a block, where a rank else has pieces, at most.
        step_temporaries: what the optimizer allocates and frees inside its step, at most.
        waiting: gradients that are there when the last forward ends, of the micro-batches before it.

    Examples:
        >>> parts = MemoryParts(parameters=4, gradients=4, optimizer=8, activations=2)
        >>> parts.after_forward, parts.in_step
        (14, 16)
    """

    parameters: int = 0
    gradients: int = 0
    master: int = 0
    optimizer: int = 0
    activations: int = 0
    in_flight: int = 0
    step_temporaries: int = 0
    waiting: int = 0

    @property
    def states(self) -> int:
        """Weights, gradients and all that the optimizer has: what does not grow with the batch."""
        return self.parameters + self.gradients + self.master + self.optimizer

    @property
    def after_forward(self) -> int:
        """The most that is there when a forward ends; in the first one there is no gradient yet."""
        return self.states - self.gradients + self.waiting + self.activations

    @property
    def in_step(self) -> int:
        """The most that the optimizer's step needs; by then all activations are gone."""
        return self.states + self.step_temporaries

    @property
    def floor(self) -> int:
        """The larger of both: a peak can't be below. Backward's own temporaries come on top."""
        return max(self.after_forward, self.in_step)


@dataclass(frozen=True, kw_only=True)
class Parallel:
    """Over how many ranks a step is spread, and how.

    Attributes:
        data: ranks that share the batch.
        zero: ZeRO's stage, 0 to 3, among these.
        tensor: ranks that share each block, as `ParallelGPT` does.
        pipeline: ranks that have some blocks each, under 1F1B.
        micro_batches: into how many parts a rank cuts its share of the batch.
        stage: which rank of the pipeline is asked about, from 0.

    Raises:
        ValueError: a number is less than 1, or there is no such stage.

    Examples:
        >>> Parallel(data=2, tensor=4, pipeline=3).ranks
        24
        >>> Parallel(zero=4)
        Traceback (most recent call last):
        ValueError: expected a ZeRO stage from 0 to 3, got 4
    """

    data: int = 1
    zero: int = 0
    tensor: int = 1
    pipeline: int = 1
    micro_batches: int = 1
    stage: int = 0

    def __post_init__(self) -> None:
        names = ("data", "tensor", "pipeline", "micro_batches")
        sizes = {name: getattr(self, name) for name in names}
        if min(sizes.values()) < 1:
            raise ValueError(f"expected numbers of at least 1, got {sizes}")
        if self.zero not in (0, 1, 2, 3):
            raise ValueError(f"expected a ZeRO stage from 0 to 3, got {self.zero}")
        if not 0 <= self.stage < self.pipeline:
            raise ValueError(
                f"expected a pipeline stage from 0 to {self.pipeline - 1}, got {self.stage}"
            )

    @property
    def ranks(self) -> int:
        """How many ranks there are."""
        return self.data * self.tensor * self.pipeline


# --8<-- [start:estimate_temporaries]
def _step_temporaries(
    sizes: "Sequence[int]", size: "int", optimizer: "str", foreach: "bool"
) -> "int":
    """Return what a step of AdamW needs for its divisors. SGD without weight decay updates in place.

    `foreach` makes all of them at once. The loop makes two of one weight, and the last one's is
    still there.
    """
    if optimizer != "adamw":
        return 0
    if foreach:
        return size * sum(sizes)
    pairs = zip([0, *sizes], sizes, strict=False)
    return max((size * (before + 2 * now) for before, now in pairs), default=0)


# --8<-- [end:estimate_temporaries]


def model_states(
    sizes: "Sequence[int]",
    precision: "str" = "float32",
    optimizer: "str" = "adamw",
    *,
    foreach: "bool" = False,
) -> "MemoryParts":
    """Return what the weights of a model cost, whatever the batch.

    Args:
        sizes: numbers in each weight.
        precision: `float32`; `autocast`, in which weights stay in float32; `bfloat16`, for all; or
            `master`: weights and gradients in bfloat16, and a float32 copy for the optimizer.
        optimizer: `sgd`, `momentum` or `adamw`, of `torch.optim`.
        foreach: whether it works on all weights at once, as it does by default on a GPU.

    Raises:
        ValueError: a size is negative, or the precision or the optimizer is unknown.

    Examples:
        >>> parts = model_states([1000], "master")
        >>> parts.parameters, parts.gradients, parts.master, parts.optimizer
        (2000, 2000, 4000, 8004)
        >>> model_states([1000], optimizer="lion")
        Traceback (most recent call last):
        ValueError: expected an optimizer of sgd, momentum, adamw, got 'lion'
    """
    _check_names(precision, optimizer)
    if min(sizes, default=0) < 0:
        raise ValueError(f"expected sizes of at least 0, got {min(sizes)}")
    numel, size = sum(sizes), 2 if precision in ("bfloat16", "master") else 4
    updated = 4 if precision == "master" else size  # bytes of a number that the optimizer sees
    counters = 4 * len(sizes) * (optimizer == "adamw")
    return MemoryParts(
        parameters=size * numel,
        gradients=size * numel,
        master=4 * numel * (precision == "master"),
        optimizer=OPTIMIZERS[optimizer] * updated * numel + counters,
        step_temporaries=_step_temporaries(sizes, updated, optimizer, foreach),
    )


def _check_names(precision: str, optimizer: str) -> None:
    if precision not in STATE_PRECISIONS:
        raise ValueError(
            f"expected a precision of {', '.join(STATE_PRECISIONS)}, got {precision!r}"
        )
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"expected an optimizer of {', '.join(OPTIMIZERS)}, got {optimizer!r}")


def _weights(config: GPTConfig, parallel: Parallel) -> dict[str, int]:
    """Return how many numbers each weight of one rank has, before ZeRO."""
    with torch.device("meta"):
        model: nn.Module = GPT(config)
    weights = {name: p.detach() for name, p in model.named_parameters()}
    if parallel.tensor > 1:
        weights = shard_state(weights, 0, parallel.tensor)
    share, rest = divmod(config.layers, parallel.pipeline)
    if rest:
        raise ValueError(
            f"expected layers to be a multiple of {parallel.pipeline} stages, got {config.layers}"
        )
    first, last = parallel.stage == 0, parallel.stage == parallel.pipeline - 1
    own = {f"blocks.{i}." for i in range(parallel.stage * share, (parallel.stage + 1) * share)}
    own |= {"tokens."} if first or last else set()
    own |= ({"positions."} if first else set()) | ({"norm."} if last else set())
    return {name: p.numel() for name, p in weights.items() if name.startswith(tuple(own))}


def _units(weights: dict[str, int]) -> list[int]:
    """Return the numbers in each block, and then in all that stands in none, as `Zero1` orders them."""
    units: dict[str, int] = {}
    for name, numel in weights.items():
        unit = ".".join(name.split(".")[:2]) if name.startswith("blocks.") else ""
        units[unit] = units.get(unit, 0) + numel
    rest = units.pop("", 0)
    return [*reversed(units.values()), *([rest] if rest else [])]


# --8<-- [start:estimate_zero]
def _zero_states(
    weights: "dict[str, int]",
    precision: "str",
    optimizer: "str",
    foreach: "bool",
    parallel: "Parallel",
) -> "MemoryParts":
    """Return the states of one rank: whole up to a stage of ZeRO, pieces of units from then on."""
    units = _units(weights)
    pieces = [-(-unit // parallel.data) for unit in units]
    whole = model_states([piece * parallel.data for piece in pieces], precision, optimizer)
    own = model_states(pieces, precision, optimizer, foreach=foreach)
    size = whole.parameters // max(1, sum(pieces) * parallel.data)
    block = (
        size * parallel.data * max(pieces[: len(pieces) - ("tokens.weight" in weights)], default=0)
    )
    rest = size * parallel.data * pieces[-1] if "tokens.weight" in weights else 0
    return MemoryParts(
        parameters=(own if parallel.zero == 3 else whole).parameters,
        gradients=(own if parallel.zero >= 2 else model_states([sum(units)], precision)).gradients,
        master=own.master,
        optimizer=own.optimizer,
        in_flight=max(block, rest) * (parallel.zero >= 2) + (block + rest) * (parallel.zero == 3),
        step_temporaries=own.step_temporaries,
    )


# --8<-- [end:estimate_zero]


def _activations(
    config: GPTConfig, rows: int, length: int, precision: str, parallel: Parallel, recompute: bool
) -> int:
    """Return the bytes that one rank keeps of its micro-batches on their way."""
    terms = gpt_activations(
        config,
        rows,
        length,
        "bfloat16" if precision == "master" else precision,
        recompute=recompute,
        logits=True if parallel.pipeline > 1 else None,
        tensor=parallel.tensor,
    )
    share = config.layers // parallel.pipeline
    parts = {f"block {i}" for i in range(parallel.stage * share, (parallel.stage + 1) * share)}
    parts |= {"embedding"} if parallel.stage == 0 else set()
    parts |= {"loss"} if parallel.stage == parallel.pipeline - 1 else set()
    on_the_way = min(parallel.micro_batches, parallel.pipeline - parallel.stage)
    return on_the_way * sum(term.nbytes for term in terms if term.part in parts)


def estimate_memory(
    config: GPTConfig,
    batch: int,
    length: int,
    precision: str = "float32",
    optimizer: str = "adamw",
    parallel: Parallel | None = None,
    *,
    recompute: bool = False,
    foreach: bool = False,
) -> MemoryParts:
    """Return the bytes of each part of one rank's memory, in a training step of a `GPT`.

    Activations are those of PyTorch's CPU kernels, to the byte. For tensor parallelism they are
    those of `ParallelGPT`; for a pipeline those of `GPTStage`, times the micro-batches of 1F1B.

    Args:
        config: of the model.
        batch: sequences of one step, of all ranks together.
        length: tokens of each.
        precision: as in `model_states`.
        optimizer: as there.
        parallel: how the step is spread; one rank by default.
        recompute: whether each block runs under `torch.utils.checkpoint`.
        foreach: as in `model_states`.

    Raises:
        ValueError: a name is unknown, a size is less than 1, or something can't be shared out.

    Examples:
        >>> config = GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2)
        >>> parts = estimate_memory(config, batch=4, length=8)
        >>> parts.parameters, parts.gradients, parts.optimizer, parts.activations
        (30080, 30080, 60272, 74688)
        >>> estimate_memory(config, 4, 8, parallel=Parallel(data=2, zero=1)).optimizer
        30092
        >>> estimate_memory(config, 4, 8, parallel=Parallel(data=3))
        Traceback (most recent call last):
        ValueError: expected a batch that is a multiple of 3, got 4
    """
    parallel = parallel or Parallel()
    _check_names(precision, optimizer)
    pieces = parallel.data * parallel.micro_batches
    if batch < 1 or batch % pieces:
        raise ValueError(f"expected a batch that is a multiple of {pieces}, got {batch}")
    weights = _weights(config, parallel)
    if parallel.zero:
        states = _zero_states(weights, precision, optimizer, foreach, parallel)
    else:
        states = model_states(list(weights.values()), precision, optimizer, foreach=foreach)
    kept = _activations(config, batch // pieces, length, precision, parallel, recompute)
    waits = parallel.micro_batches > parallel.pipeline - parallel.stage  # one went back before
    more = {"activations": kept, "waiting": states.gradients * waits}
    return MemoryParts(**{**vars(states), **more})
