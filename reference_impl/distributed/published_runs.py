"""Runs whose layout and rate were published, to hold a model against.

`NARAYANAN`: [*Efficient large-scale language model training on GPU clusters*](https://arxiv.org/abs/2104.04473), 2021, tables
1 and 2. All are GPTs with 51,200 tokens, on A100s in nodes with eight links of 200 Gb/s, with activations recomputed.

`LLM_FOUNDRY`: [*MPT training benchmarks*](https://github.com/mosaicml/llm-foundry/tree/8c8dd48f7/scripts/train/benchmarking),
every row from 7 billion parameters up that has bfloat16, FSDP's `FULL_SHARD`, sequences of 2,048 and GPUs of 80 GB in more
than one node, and beside them the rows of the same models on one node of H100. The A100s have 1,600 Gb/s between nodes; for
the H100s it is not said.
"""

from dataclasses import dataclass

from reference_impl.distributed.layouts import Estimate, Layout, Machine, estimate
from reference_impl.gpt import GPTConfig, count_parameters

__all__ = ["LLM_FOUNDRY", "NARAYANAN", "PublishedRun"]


@dataclass(frozen=True)
class PublishedRun:
    """A run, as its row in the table has it. Sequences have 2,048 tokens.

    Attributes:
        table: in which it stands: 1 or 2 of Narayanan et al.; `H100` or `A100` of llm-foundry.
        billions: of parameters.
        heads: of an attention.
        dim: width of the model.
        layers: blocks.
        tensor: ranks that share a matrix.
        pipeline: stages.
        gpus: in all.
        batch: sequences.
        rate: 10¹² operations a second and GPU; those recomputed are among them if `counts_again`.
        stage: of ZeRO.
        rows: sequences of a micro-batch, where the table gives it; else 1.
        recompute: whether blocks keep their input alone.
        vocab: tokens.
        counts_again: whether `rate` has the operations that are done a second time.

    Examples:
        >>> run = NARAYANAN[5]
        >>> run.billions, run.layout.data, run.rate
        (76.1, 32, 140)
        >>> run = LLM_FOUNDRY[-3]
        >>> run.billions, str(run.layout), run.rate
        (64.9, 'd512 t1 p1 ZeRO-3 rows 8 recompute', 408)
        >>> f"{run.reached:.0%} of the peak, at least {run.zero_3_bandwidth / 1e9:.0f} GB/s"
        '55% of the peak, at least 24 GB/s'
    """

    table: int | str
    billions: float
    heads: int
    dim: int
    layers: int
    tensor: int
    pipeline: int
    gpus: int
    batch: int
    rate: int
    stage: int = 0
    rows: int = 1
    recompute: bool = True
    vocab: int = 51_200
    counts_again: bool = True

    @property
    def config(self) -> GPTConfig:
        """The model."""
        return GPTConfig(
            vocab=self.vocab, context=2048, dim=self.dim, layers=self.layers, heads=self.heads
        )

    @property
    def layout(self) -> Layout:
        """How it was shared out; the tables do not say how many chunks, so there is one."""
        data = self.gpus // (self.tensor * self.pipeline)
        sizes = {"data": data, "tensor": self.tensor, "pipeline": self.pipeline}
        return Layout(**sizes, stage=self.stage, rows=self.rows, recompute=self.recompute)

    @property
    def reached(self) -> float:
        """The share of the peak that a GPU reached, with what is done a second time."""
        found, peak = self._estimate(1.0, 1.0, 8), self.machine(1.0, 1.0, 8).peak
        done = found.operations + found.again
        return 1e12 * self.rate / peak * done / self._counted(found)

    @property
    def zero_3_bandwidth(self) -> float:
        """Bytes a second that a GPU had to send, if it did nothing else: three times all weights, each micro-batch."""
        micro_batches = self.batch // (self.layout.data * self.rows)
        away = 1 - 1 / self.layout.data
        sent = 3 * 2 * count_parameters(self.config)["total"] * away * micro_batches
        return sent / (self._counted(self._estimate(1.0, 1.0, 8)) / (1e12 * self.rate))

    def modelled(self, efficiency: float, share: float, links: int) -> float:
        """Return what `rate` would be by `estimate`; see `Machine.h100` for the arguments."""
        found = self._estimate(efficiency, share, links)
        return self._counted(found) / found.seconds / 1e12

    def _estimate(self, efficiency: float, share: float, links: int) -> Estimate:
        machine = self.machine(efficiency, share, links)
        return estimate(self.config, self.layout, machine, self.batch, length=2048)

    def _counted(self, found: Estimate) -> float:
        """Return the operations of one GPU that `rate` counts."""
        return found.operations + found.again * self.counts_again

    def machine(self, efficiency: float, share: float, links: int) -> Machine:
        """Return the GPUs it ran on, with what no table says; see `Machine.h100`."""
        make = Machine.h100 if self.table == "H100" else Machine.a100
        return make(self.gpus, efficiency=efficiency, share=share, links=links)


NARAYANAN = (
    PublishedRun(1, 1.7, 24, 2304, 24, 1, 1, 32, 512, 137),
    PublishedRun(1, 3.6, 32, 3072, 30, 2, 1, 64, 512, 138),
    PublishedRun(1, 7.5, 32, 4096, 36, 4, 1, 128, 512, 142),
    PublishedRun(1, 18.4, 48, 6144, 40, 8, 1, 256, 1024, 135),
    PublishedRun(1, 39.1, 64, 8192, 48, 8, 2, 512, 1536, 138),
    PublishedRun(1, 76.1, 80, 10240, 60, 8, 4, 1024, 1792, 140),
    PublishedRun(1, 145.6, 96, 12288, 80, 8, 8, 1536, 2304, 148),
    PublishedRun(1, 310.1, 128, 16384, 96, 8, 16, 1920, 2160, 155),
    PublishedRun(1, 529.6, 128, 20480, 105, 8, 35, 2520, 2520, 163),
    PublishedRun(1, 1008.0, 160, 25600, 128, 8, 64, 3072, 3072, 163),
    # Model-parallel sizes 96 and 280: the table does not split them; 8 x 12 and 8 x 35 are the only ways with 8 in a node.
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 384, 1536, 153),
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 768, 1536, 149),
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 1536, 1536, 141),
    PublishedRun(2, 529.6, 128, 20480, 105, 8, 35, 560, 2240, 171),
    PublishedRun(2, 529.6, 128, 20480, 105, 8, 35, 1120, 2240, 167),
    PublishedRun(2, 529.6, 128, 20480, 105, 8, 35, 2240, 2240, 159),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 384, 1536, 144, stage=3, rows=4),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 768, 1536, 88, stage=3, rows=2),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 1536, 1536, 44, stage=3, rows=1),
    PublishedRun(2, 529.6, 128, 20480, 105, 1, 1, 640, 2560, 138, stage=3, rows=4),
    PublishedRun(2, 529.6, 128, 20480, 105, 1, 1, 1120, 2240, 98, stage=3, rows=2),
    PublishedRun(2, 529.6, 128, 20480, 105, 1, 1, 2240, 2240, 48, stage=3, rows=1),
)

# The models of `scripts/train/yamls/pretrain`: parameters in billions, heads, width, layers.
_MPT = {"7b": (6.7, 32, 4096, 32), "13b": (12.9, 40, 5120, 40)}
_MPT |= {"30b": (30.0, 56, 7168, 48), "70b": (64.9, 64, 8192, 80)}


def _mpt(
    gpu: str, model: str, gpus: int, rows: int, recompute: bool, batch: int, rate: int
) -> PublishedRun:
    """Return a row; its rate is the column "Model TFLOP", which has nothing that is recomputed."""
    sizes, zero_3 = (*_MPT[model], 1, 1), 3
    options = (zero_3, rows, recompute, 50_368, False)
    return PublishedRun(gpu, *sizes, gpus, batch, rate, *options)


LLM_FOUNDRY = (
    _mpt("H100", "7b", 8, 6, False, 48, 459),
    _mpt("H100", "7b", 128, 6, False, 768, 452),
    _mpt("H100", "7b", 256, 6, False, 1536, 436),
    _mpt("H100", "7b", 512, 6, False, 3072, 417),
    _mpt("H100", "13b", 8, 2, False, 16, 393),
    _mpt("H100", "13b", 16, 2, False, 32, 391),
    _mpt("H100", "13b", 32, 2, False, 64, 395),
    _mpt("H100", "13b", 64, 2, False, 128, 394),
    _mpt("H100", "13b", 128, 16, True, 2048, 417),
    _mpt("H100", "13b", 256, 16, True, 4096, 409),
    _mpt("H100", "13b", 512, 16, True, 8192, 406),
    _mpt("H100", "30b", 8, 3, True, 504, 377),
    _mpt("H100", "30b", 16, 10, True, 480, 426),
    _mpt("H100", "30b", 32, 14, True, 1344, 434),
    _mpt("H100", "30b", 128, 8, True, 1024, 414),
    _mpt("H100", "30b", 256, 8, True, 2048, 404),
    _mpt("H100", "30b", 512, 8, True, 4096, 398),
    _mpt("H100", "70b", 32, 2, True, 1024, 357),
    _mpt("H100", "70b", 64, 8, True, 2048, 421),
    _mpt("H100", "70b", 128, 8, True, 1024, 428),
    _mpt("H100", "70b", 256, 8, True, 2048, 419),
    _mpt("H100", "70b", 512, 8, True, 4096, 408),
    _mpt("A100", "70b", 32, 2, True, 1024, 151),
    _mpt("A100", "70b", 64, 8, True, 2048, 166),
)
