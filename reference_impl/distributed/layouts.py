"""Plans a large run on paper: which data x tensor x pipeline layout fits, and how long a step would take.

Narayanan et al., [*Efficient large-scale language model training on GPU clusters*](https://arxiv.org/abs/2104.04473), whose
d, t, p, v are `data`, `tensor`, `pipeline`, `chunks`. The parts come from `costs.py`, `zero.py` and the operations counted
in `scaling_laws`.
"""

from dataclasses import dataclass
from itertools import product

from reference_impl.distributed.costs import Real, Wire, activation_bytes
from reference_impl.distributed.zero import zero_bytes
from reference_impl.gpt import GPTConfig
from reference_impl.scaling_laws import forward_flops

__all__ = ["Estimate", "Layout", "Machine", "estimate", "plan_layouts", "rank_parameters"]

WEIGHT, GRADIENT, OPTIMIZER = (
    2,
    2,
    12,
)  # bytes of each parameter in mixed precision, as in ZeRO's paper


@dataclass(frozen=True, kw_only=True)
class Machine:
    """GPUs in nodes: fast links inside a node, slower ones between.

    Attributes:
        gpus: in all.
        node: in each node.
        memory: bytes of a GPU.
        peak: operations a second, from the data sheet.
        efficiency: share of `peak` that matrix products reach; measured, or assumed.
        inside: one GPU's link to the others of its node.
        between: one GPU's link to other nodes.
        links: of a node that the ring of one group can use, if it has that many ranks there.

    Raises:
        ValueError: a number is out of range, or nodes are not full.

    Examples:
        >>> machine = Machine.h100(1024, efficiency=0.5)
        >>> machine.gpus // machine.node, machine.inside.bandwidth / machine.between.bandwidth
        (128, 9.0)
        >>> [machine.wire(apart, 64).bandwidth / 50e9 for apart in (1, 4, 8)]
        [8.0, 2.0, 1.0]
    """

    gpus: int
    node: int
    memory: Real
    peak: Real
    efficiency: Real
    inside: Wire
    between: Wire
    links: int

    def __post_init__(self) -> None:
        if min(self.gpus, self.node, self.memory, self.peak) <= 0 or not 0 < self.efficiency <= 1:
            raise ValueError(f"expected numbers above 0 and an efficiency up to 1, got {self}")
        if self.gpus > self.node and self.gpus % self.node:
            raise ValueError(f"expected full nodes of {self.node} GPUs, got {self.gpus} GPUs")
        if not 1 <= self.links <= self.node:
            raise ValueError(f"expected 1 to {self.node} links, one a GPU, got {self.links}")

    @classmethod
    def h100(
        cls,
        gpus: int,
        efficiency: Real,
        share: Real = 1.0,
        latency: Real = 0.0,
        spare: Real = 0.1,
        links: int = 8,
    ) -> "Machine":
        """Return nodes of 8 H100 SXM, by the data sheet; NVLink's 900 GB/s are both ways together.

        Args:
            gpus: in all.
            efficiency: of matrix products; no data sheet has it.
            share: of the links' bandwidth that is reached, likewise.
            latency: of each message, likewise.
            spare: share of the memory that is kept free for buffers and fragments, likewise.
            links: of a node that one ring can use; NCCL takes all eight where it can.
        """
        inside, between = (Wire(latency, share * bandwidth) for bandwidth in (450e9, 50e9))
        return cls._of_eights(
            gpus, 989.4e12, (1 - spare) * 80e9, efficiency, inside, between, links
        )

    @classmethod
    def a100(
        cls,
        gpus: int,
        efficiency: Real,
        share: Real = 1.0,
        latency: Real = 0.0,
        spare: Real = 0.1,
        links: int = 8,
    ) -> "Machine":
        """Return nodes of 8 A100, as in section 5 of Narayanan et al. Arguments are those of `h100`."""
        inside, between = (Wire(latency, share * bandwidth) for bandwidth in (300e9, 25e9))
        return cls._of_eights(gpus, 312e12, (1 - spare) * 80e9, efficiency, inside, between, links)

    @classmethod
    def _of_eights(
        cls,
        gpus: int,
        peak: float,
        memory: float,
        efficiency: Real,
        inside: Wire,
        between: Wire,
        links: int,
    ) -> "Machine":
        return cls(
            gpus=gpus,
            node=8,
            memory=memory,
            peak=peak,
            efficiency=efficiency,
            inside=inside,
            between=between,
            links=links,
        )

    def link(self, nearest: int, ranks: int) -> Wire:
        """Return the slowest link between neighbours of a group of ranks that stand `nearest` apart."""
        return self.inside if nearest * ranks <= self.node else self.between

    def wire(self, nearest: int, ranks: int) -> Wire:
        """Return what a rank of a ring sends through, if the ranks stand `nearest` apart.

        Each rank of the group that is in the node can add its link, up to `links`.
        """
        link = self.link(nearest, ranks)
        if link is self.inside:
            return link
        here = max(1, self.node // nearest)
        bandwidth = min(self.links, here) * link.bandwidth
        return Wire(link.latency, min(bandwidth, self.inside.bandwidth))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the work is shared out. Neighbours share tensors, then data, then the pipeline.

    Attributes:
        data: copies of the model.
        tensor: ranks that share each matrix, and the sequence between.
        pipeline: stages, each on one rank.
        stage: of ZeRO, among the copies.
        rows: sequences of a micro-batch.
        chunks: of layers on each rank of the pipeline; 1 is 1F1B, more is interleaved.
        recompute: whether blocks keep their input alone.

    Examples:
        >>> str(Layout(data=32, tensor=8, pipeline=4, rows=1))
        'd32 t8 p4 ZeRO-0 rows 1'
    """

    data: int
    tensor: int
    pipeline: int
    stage: int = 0
    rows: int = 1
    chunks: int = 1
    recompute: bool = False

    def __str__(self) -> str:
        text = f"d{self.data} t{self.tensor} p{self.pipeline} ZeRO-{self.stage} rows {self.rows}"
        text += f" v{self.chunks}" if self.chunks > 1 else ""
        return text + (" recompute" if self.recompute else "")


@dataclass(frozen=True)
class Estimate:
    """What a layout would cost.

    Attributes:
        layout: which.
        memory: bytes of the fullest rank, by what they are.
        time: seconds of a step, by where they go; what is hidden behind computing is not in it.
        hidden: seconds of sending that are.
        operations: of one GPU, that belong to the model.
        again: operations of one GPU that are done a second time.

    Examples:
        >>> layout = Layout(data=1, tensor=1, pipeline=1)
        >>> found = Estimate(layout, {"state": 5.0}, {"compute": 2.0}, hidden=0.0, operations=6.0, again=2.0)
        >>> found.rate, found.rate_done
        (3.0, 4.0)
    """

    layout: Layout
    memory: dict[str, float]
    time: dict[str, float]
    hidden: float
    operations: float
    again: float

    @property
    def bytes(self) -> float:
        """Of memory, in all."""
        return sum(self.memory.values())

    @property
    def seconds(self) -> float:
        """Of a step."""
        return sum(self.time.values())

    @property
    def rate(self) -> float:
        """Operations of the model that a GPU does in a second."""
        return self.operations / self.seconds

    @property
    def rate_done(self) -> float:
        """The same with what is recomputed, as Narayanan et al. count."""
        return (self.operations + self.again) / self.seconds


def rank_parameters(config: "GPTConfig", tensor: int, pipeline: int) -> int:
    """Return the parameters of the first rank: its blocks, its share of the table, all positions.

    Args:
        config: of the model.
        tensor: ranks that share each matrix.
        pipeline: stages.

    Raises:
        ValueError: the heads, the inner width, the vocabulary or the layers can't be shared out.

    Examples:
        >>> config = GPTConfig(vocab=20, context=8, dim=8, layers=2, heads=2)
        >>> rank_parameters(config, 1, 1), rank_parameters(config, 2, 1), rank_parameters(config, 1, 2)
        (1984, 1080, 1096)
    """
    for name, size, parts in (
        ("heads", config.heads, tensor),
        ("hidden_size", config.hidden_size, tensor),
        ("vocab", config.vocab, tensor),
        ("layers", config.layers, pipeline),
    ):
        if size % parts:
            raise ValueError(f"expected {name} to be a multiple of {parts}, got {size}")
    inner, dim, hidden = config.heads * config.head_size, config.dim, config.hidden_size
    cut = 4 * inner * dim + 3 * inner + 2 * dim * hidden + hidden
    whole = 6 * dim  # two norms, and two biases that are added after the sum
    final = 2 * dim * (config.final_norm and pipeline == 1)
    blocks = config.layers // pipeline * (cut // tensor + whole)
    return blocks + config.vocab // tensor * dim + config.context * dim + final


def _memory(config: GPTConfig, layout: Layout, length: int, micro_batches: int) -> dict[str, float]:
    """Return the bytes of the first rank of the pipeline, which keeps the most activations."""
    t, p, v = layout.tensor, layout.pipeline, layout.chunks
    numel = rank_parameters(config, t, p)
    state = zero_bytes(numel, layout.stage, layout.data, WEIGHT, GRADIENT, OPTIMIZER)
    kept = activation_bytes(
        config, length, layout.rows, t, recompute="full" if layout.recompute else "attention"
    )
    held = min(micro_batches, p if v == 1 else p * (1 + (p - 1) / (p * v)))
    whole = activation_bytes(config, length, layout.rows, t)
    block = (numel - config.vocab // t * config.dim) / (config.layers / p)
    logits = 4 * length * layout.rows * config.vocab / t if p == 1 else 0.0
    return {
        **state,
        "gathered": 2.0 * block * WEIGHT
        if layout.stage == 3
        else 0.0,  # one in use, one on its way
        "activations": held * config.layers / p * kept + layout.recompute * whole,
        "logits": logits,
    }


def _compute(
    config: "GPTConfig", layout: "Layout", machine: "Machine", length: int
) -> "tuple[float, float]":
    """Return a micro-batch's seconds in the blocks of a stage, and in the logits of the last one."""
    counts = forward_flops(config, length)
    passes = 4 if layout.recompute else 3  # backward is two forwards
    blocks = passes * (counts["blocks"] + counts["attention"]) / layout.pipeline
    each = length * layout.rows / layout.tensor / (machine.peak * machine.efficiency)
    return each * blocks, each * 3 * counts["head"]


def _between_blocks(
    config: "GPTConfig", layout: "Layout", machine: "Machine", length: int
) -> "tuple[float, float]":
    """Return a micro-batch's seconds of tensor parallelism, and of sending to the next stage."""
    t, p = layout.tensor, layout.pipeline
    activation = WEIGHT * length * layout.rows * config.dim
    reduces = (6 if layout.recompute else 4) * config.layers / p + (2 if p == 1 else 1)
    tensor = reduces * machine.wire(1, t).seconds("all-reduce", activation, t)
    link = machine.link(t * layout.data, p)
    sent = 2 * layout.chunks * link.seconds("send", activation / t, 2) if p > 1 else 0.0
    return tensor, sent


def _between_copies(
    config: "GPTConfig", layout: "Layout", machine: "Machine", micro_batches: int
) -> "tuple[float, float]":
    """Return a step's seconds that may hide behind computing, and those that may not."""
    d, t = layout.data, layout.tensor
    size = WEIGHT * rank_parameters(config, t, layout.pipeline)
    wire = machine.wire(t, d)
    gather = wire.seconds("all-gather", size, d)
    if layout.stage == 0:
        return wire.seconds("all-reduce", size, d), 0.0
    if layout.stage < 3:  # the weights are gathered when the step is over
        times = micro_batches if layout.stage == 2 else 1
        return times * wire.seconds("reduce-scatter", size, d), gather
    layers = config.layers // layout.pipeline  # each is gathered by itself, twice, and reduced once
    return micro_batches * layers * 3 * wire.seconds("all-gather", size / layers, d), 0.0


def estimate(
    config: "GPTConfig", layout: "Layout", machine: "Machine", batch: int, length: int
) -> "Estimate":
    """Return what a layout costs in memory and time.

    Args:
        config: of the model.
        layout: must use all GPUs.
        machine: where.
        batch: sequences of a step, on all GPUs together.
        length: tokens of each.

    Raises:
        ValueError: the layout does not use all GPUs, or something can't be shared out.

    Examples:
        >>> config = GPTConfig(vocab=51_200, context=2048, dim=10_240, layers=60, heads=80)
        >>> layout = Layout(data=32, tensor=8, pipeline=4, recompute=True)
        >>> machine = Machine.a100(1024, efficiency=0.5)
        >>> found = estimate(config, layout, machine, batch=1792, length=2048)
        >>> f"{found.bytes / 1e9:.1f} GB, {found.seconds:.1f} s"
        '39.6 GB, 16.9 s'
    """
    micro_batches = _check(config, layout, machine, batch)
    blocks, head = _compute(config, layout, machine, length)
    mean = blocks + head / layout.pipeline
    tensor, sent = _between_blocks(config, layout, machine, length)
    hideable, late = _between_copies(config, layout, machine, micro_batches)
    # Gradients are summed while backward runs: the last one, in ZeRO-2 each. ZeRO-3 sends always.
    backward = mean * (3 / 4 if layout.recompute else 2 / 3)
    room = {2: micro_batches * backward, 3: micro_batches * mean}.get(layout.stage, backward)
    # All wait for the last stage, which has the head; to fill and to drain takes the others' time.
    bubble = micro_batches * (blocks + head - mean)
    bubble += (layout.pipeline - 1) / layout.chunks * (blocks + tensor)
    time = {
        "compute": micro_batches * mean,
        "tensor": micro_batches * tensor,
        "pipeline": micro_batches * sent,
        "bubble": bubble,
        "data": max(0.0, hideable - room) + late,
    }
    memory = _memory(config, layout, length, micro_batches)
    counts, tokens = forward_flops(config, length), batch * length / machine.gpus
    again = 1.0 * layout.recompute * (counts["blocks"] + counts["attention"]) * tokens
    work = 3.0 * sum(counts.values()) * tokens
    return Estimate(layout, memory, time, min(hideable, room), work, again)


def _check(config: GPTConfig, layout: Layout, machine: Machine, batch: int) -> int:
    """Return the micro-batches of a step, or raise where the layout is none."""
    d, t, p, v = layout.data, layout.tensor, layout.pipeline, layout.chunks
    if min(d, t, p, v, layout.rows, batch) < 1:
        raise ValueError(f"expected sizes of at least 1, got {layout} and a batch of {batch}")
    if d * t * p != machine.gpus:
        raise ValueError(
            f"expected sizes that multiply to {machine.gpus} GPUs, got {d} x {t} x {p} = {d * t * p}"
        )
    rank_parameters(config, t, p * v)
    if batch % (d * layout.rows):
        raise ValueError(
            f"expected a batch that {d} copies with micro-batches of {layout.rows} divide, got {batch}"
        )
    micro_batches = batch // (d * layout.rows)
    if v > 1 and (p == 1 or micro_batches % p):
        raise ValueError(
            f"expected several stages that divide the {micro_batches} micro-batches, to interleave, got {p}"
        )
    return micro_batches


def plan_layouts(
    config: "GPTConfig",
    machine: "Machine",
    batch: int,
    length: int,
    stages: "tuple[int, ...]" = (0, 1, 2, 3),
    recompute: "tuple[bool, ...]" = (False, True),
) -> "list[Estimate]":
    """Return all layouts that fit into memory, the fastest first.

    Tensor parallelism stays inside a node. Micro-batches have 1, 2, 4 or 8 sequences; 1, 2 or 4 chunks are tried.

    Args:
        config: of the model.
        machine: where.
        batch: sequences of a step, on all GPUs together.
        length: tokens of each.
        stages: of ZeRO that are tried.
        recompute: whether blocks may keep all, may keep their input alone, or both are tried.

    Raises:
        ValueError: no layout shares everything out, or none fits; says which came nearest.

    Examples:
        >>> config = GPTConfig(vocab=51_200, context=2048, dim=4096, layers=36, heads=32)
        >>> best = plan_layouts(config, Machine.h100(8, efficiency=0.5), batch=64, length=2048)[0]
        >>> best.bytes < 80e9
        True
    """
    divisors = [n for n in range(1, machine.gpus + 1) if machine.gpus % n == 0]
    tensors = [n for n in divisors if n <= machine.node]
    found, reason = [], "no sizes were tried"
    for t, p in product(tensors, divisors):
        if machine.gpus % (t * p):
            continue
        for stage, rows, v, again in product(stages, (1, 2, 4, 8), (1, 2, 4), recompute):
            d = machine.gpus // (t * p)
            layout = Layout(
                data=d, tensor=t, pipeline=p, stage=stage, rows=rows, chunks=v, recompute=again
            )
            try:
                found.append(estimate(config, layout, machine, batch, length))
            except ValueError as error:
                reason = f"{layout}: {error}"
    return _fitting(found, machine, reason)


def _fitting(found: list[Estimate], machine: Machine, reason: str) -> list[Estimate]:
    if not found:
        raise ValueError(f"expected sizes that can be shared out, got none; the last was {reason}")
    fitting = [one for one in found if one.bytes <= machine.memory]
    if not fitting:
        nearest = min(found, key=lambda one: one.bytes)
        raise ValueError(
            f"expected a layout of at most {machine.memory / 1e9:.0f} GB a GPU, got "
            f"{nearest.bytes / 1e9:.0f} GB at best: {nearest.layout}"
        )
    return sorted(fitting, key=lambda one: one.seconds)
