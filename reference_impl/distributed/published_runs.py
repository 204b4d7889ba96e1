"""Runs whose layout and rate were published, to hold a model against.

Narayanan et al., 2021, [*Efficient large-scale language model training on GPU clusters*](https://arxiv.org/abs/2104.04473),
tables 1 and 2. All are GPTs with 51,200 tokens and sequences of 2,048, on A100s, with activations recomputed.
"""

from dataclasses import dataclass

from reference_impl.distributed.layouts import Layout
from reference_impl.gpt import GPTConfig

__all__ = ["NARAYANAN", "PublishedRun"]


@dataclass(frozen=True)
class PublishedRun:
    """A run, as its row in the table has it.

    Attributes:
        table: in which it stands.
        billions: of parameters.
        heads: of an attention.
        dim: width of the model.
        layers: blocks.
        tensor: ranks that share a matrix.
        pipeline: stages.
        gpus: in all.
        batch: sequences.
        rate: 10¹² operations a second and GPU, those recomputed among them.
        stage: of ZeRO.
        rows: sequences of a micro-batch, where the table gives it; else 1.

    Examples:
        >>> run = NARAYANAN[5]
        >>> run.billions, run.layout.data, run.rate
        (76.1, 32, 140)
    """

    table: int
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

    @property
    def config(self) -> GPTConfig:
        """The model."""
        return GPTConfig(
            vocab=51_200, context=2048, dim=self.dim, layers=self.layers, heads=self.heads
        )

    @property
    def layout(self) -> Layout:
        """How it was shared out; the tables do not say how many chunks, so there is one."""
        data = self.gpus // (self.tensor * self.pipeline)
        sizes = {"data": data, "tensor": self.tensor, "pipeline": self.pipeline}
        return Layout(**sizes, stage=self.stage, rows=self.rows, recompute=True)


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
    # Model-parallel size 96: the table does not split it; 8 x 12 is the only way with 8 in a node.
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 384, 1536, 153),
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 768, 1536, 149),
    PublishedRun(2, 174.6, 96, 12288, 96, 8, 12, 1536, 1536, 141),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 384, 1536, 144, stage=3, rows=4),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 768, 1536, 88, stage=3, rows=2),
    PublishedRun(2, 174.6, 96, 12288, 96, 1, 1, 1536, 1536, 44, stage=3, rows=1),
)
