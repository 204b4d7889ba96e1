"""The peak of a training step of a `GPT`, before anything runs.

The step is played through storage by storage, and the most that is there at once is read off.
"""

from dataclasses import dataclass

import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory.caching_allocator import MIN_BLOCK
from reference_impl.memory.estimate import OPTIMIZERS, model_states
from reference_impl.memory.models import is_chunked
from reference_impl.memory.simulated import SimulatedMemory, SimulatedStep

__all__ = ["KERNELS", "LOOPS", "PeakEstimate", "estimate_peak"]

KERNELS = ("cpu", "cuda")
LOOPS = ("loop", "foreach", "fused")
WORKSPACE = 32 * 2**20  # bytes that cuBLAS takes on a Hopper GPU, for each thread that multiplies


@dataclass(frozen=True)
class PeakEstimate:
    """What is there at the worst moment of a step, and how much at others.

    Attributes:
        peak: bytes at the worst moment.
        moment: which that is: `forward`, `loss`, `backward` or `step`.
        during: the operation that brings it.
        parts: what is there then, in bytes.
        after_forward: bytes between forward and backward.
        after_backward: bytes between backward and the step.
        peaks: the most of each moment.

    Examples:
        >>> config = GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2)
        >>> estimate = estimate_peak(config, batch=4, length=8)
        >>> estimate.peak == max(estimate.peaks.values()) == sum(estimate.parts.values())
        True
    """

    peak: int
    moment: str
    during: str
    parts: dict[str, int]
    after_forward: int
    after_backward: int
    peaks: dict[str, int]


def _check(config: GPTConfig, precision: str, optimizer: str, loop: str, kernels: str) -> None:
    for name, value, known in (
        ("a precision", precision, ("float32", "autocast")),
        ("an optimizer", optimizer, tuple(OPTIMIZERS)),
        ("a loop", loop, LOOPS),
        ("kernels", kernels, KERNELS),
    ):
        if value not in known:
            raise ValueError(f"expected {name} of {', '.join(known)}, got {value!r}")
    if config.dropout > 0 or config.band is not None:
        raise ValueError(
            "expected a config without dropout and without bands, "
            f"got dropout={config.dropout} and band={config.band}"
        )


def _state(sizes: list[int], optimizer: str, loop: str, cuda: bool) -> list[tuple[str, int]]:
    """Return the storages of an optimizer's state. On a GPU only a fused step counts steps there."""
    state = [4 * size for size in sizes for _ in range(OPTIMIZERS[optimizer])]
    if optimizer == "adamw" and (loop == "fused" or not cuda):
        state += len(sizes) * [4]
    return [("optimizer", nbytes) for nbytes in state]


def _forward_and_backward(
    memory: SimulatedMemory, run: SimulatedStep, recompute: bool
) -> tuple[int, int]:
    """Play both through; return what is there after each."""
    memory.moment = "forward"
    hidden = run.forward(recompute)
    memory.moment = "loss"
    run.loss(hidden)
    after_forward = memory.live.total()
    g = run.loss_backward()
    memory.moment = "backward"
    run.backward(g)
    return after_forward, memory.live.total()


def estimate_peak(
    config: GPTConfig,
    batch: int,
    length: int,
    precision: str = "float32",
    optimizer: str = "adamw",
    loop: str = "foreach",
    *,
    step: int = 2,
    recompute: bool = False,
    logits: bool | None = None,
    kernels: str = "cpu",
) -> PeakEstimate:
    """Return the peak of one training step: `GPT.loss`, `backward`, and the optimizer's `step`.

    Args:
        config: of the model, without dropout and bands.
        batch: sequences.
        length: tokens of each.
        precision: `float32`, or `autocast` in bfloat16.
        optimizer: `sgd`, `momentum` or `adamw`, of `torch.optim`.
        loop: how it goes over the weights: `loop`, `foreach` or `fused`.
        step: 1 for the first, in which there is no state before `step`; all later ones are alike.
        recompute: whether each block runs under `torch.utils.checkpoint`.
        logits: whether the loss is that of all logits, as under autocast; by default as `GPT.loss`
            decides.
        kernels: `cpu`, or `cuda` for a Hopper GPU: sizes in multiples of 512 bytes, what attention
            needs inside, and cuBLAS's workspaces.

    Raises:
        ValueError: a name is unknown, a size is less than 1 or more than the context, or the config
            has dropout or bands.

    Examples:
        >>> config = GPTConfig.gpt2(dropout=0.0)
        >>> for step in (1, 2):
        ...     estimate = estimate_peak(config, 8, 1024, "autocast", step=step)
        ...     print(estimate.moment, round(estimate.peak / 2**20))
        loss 8056
        loss 9006
    """
    _check(config, precision, optimizer, loop, kernels)
    if min(batch, length, step) < 1 or length > config.context:
        raise ValueError(
            f"expected a batch and a step of at least 1 and a length from 1 to {config.context}, "
            f"got {batch}, {step} and {length}"
        )
    cuda = kernels == "cuda"
    with torch.device("meta"):
        sizes = [p.numel() for p in GPT(config).parameters()]
    state = _state(sizes, optimizer, loop, cuda)
    memory = SimulatedMemory(MIN_BLOCK if cuda else 1)
    memory.new("workspaces", 2 * WORKSPACE * cuda)  # of forward's thread and of backward's
    memory.new("inputs", 2 * 8 * batch * length)
    for part, nbytes in [("parameters", 4 * size) for size in sizes] + state * (step > 1):
        memory.new(part, nbytes)
    chunked = is_chunked(precision) if logits is None else not logits
    run = SimulatedStep(
        memory, config, batch, length, autocast=precision == "autocast", cuda=cuda, chunked=chunked
    )
    after_forward, after_backward = _forward_and_backward(memory, run, recompute)
    memory.moment = "step"
    for part, nbytes in state * (step == 1):
        memory.new(part, nbytes, "state")
    states = model_states(sizes, "float32", optimizer, foreach=loop == "foreach")
    memory.new("temporaries", states.step_temporaries * (loop != "fused"), "divisors")
    parts = {part: nbytes for part, nbytes in memory.most.items() if nbytes}
    peaks = {name: nbytes for name, nbytes in memory.peaks.items() if name != "states"}
    total = memory.most.total()
    return PeakEstimate(total, *memory.at, parts, after_forward, after_backward, peaks)
