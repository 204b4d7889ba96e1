"""The settings of a GPT, and those of GPT-1, GPT-2 and GPT-3.

Radford et al., [*Improving language understanding by generative
pre-training*](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf) (GPT-1);
Radford et al., [*Language models are unsupervised multitask
learners*](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)
(GPT-2); Brown et al., [*Language models are few-shot learners*](https://arxiv.org/abs/2005.14165) (GPT-3). Their
n_layer is `layers`, d_model `dim`, n_head `heads`, d_head `head_dim`, n_ctx `context`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

__all__ = ["GPT2_SIZES", "GPT3_SIZES", "GPTConfig"]

Setting = int | float | str | None

# --8<-- [start:config_sizes]
# Size: layers, dim, heads. The paper's table 2 has no heads; they are those of the published weights.
GPT2_SIZES = {
    "small": (12, 768, 12),
    "medium": (24, 1024, 16),
    "large": (36, 1280, 20),
    "xl": (48, 1600, 25),
}
# Size: layers, dim, heads, head_dim, as table 2.1 of the paper prints them.
GPT3_SIZES = {
    "125M": (12, 768, 12, 64),
    "350M": (24, 1024, 16, 64),
    "760M": (24, 1536, 16, 96),
    "1.3B": (24, 2048, 24, 128),
    "2.7B": (32, 2560, 32, 80),
    "6.7B": (32, 4096, 32, 128),
    "13B": (40, 5140, 40, 128),
    "175B": (96, 12288, 96, 128),
}
# --8<-- [end:config_sizes]


# --8<-- [start:config_fields]
@dataclass(frozen=True, kw_only=True)
class GPTConfig:
    """The sizes of a `GPT`, and the choices in which the three GPTs differ.

    Attributes:
        vocab: token ids.
        context: rows of the learned position table: the longest sequence.
        dim: width of the residual stream.
        layers: blocks.
        heads: heads of each attention.
        head_dim: width of a head; `dim // heads` by default.
        hidden: width inside the feed-forward layers; `4 * dim` by default.
        norm: `post` normalises each sum of input and sublayer, `pre` the input of each sublayer.
        final_norm: whether a last norm stands before the output layer.
        scale_residual: whether the layers that write to the residual stream begin smaller, by
            `1 / sqrt(2 * layers)`.
        band: how many keys a query sees in every second layer; all by default.
        dropout: probability of dropping embeddings, attention weights, and what a sublayer adds.
        eps: of the norms.
        init_std: standard deviation of the weights at the start.

    Raises:
        ValueError: a size is less than 1, `heads` does not divide `dim` where `head_dim` is not
            given, `norm` is unknown, or a number is out of its range.

    Examples:
        >>> config = GPTConfig(vocab=100, context=16, dim=32, layers=2, heads=4)
        >>> config.head_size, config.hidden_size
        (8, 128)
        >>> GPTConfig.gpt3("175B").layers
        96
    """

    vocab: int
    context: int
    dim: int
    layers: int
    heads: int
    head_dim: int | None = None
    hidden: int | None = None
    norm: str = "pre"
    final_norm: bool = True
    scale_residual: bool = True
    band: int | None = None
    dropout: float = 0.0
    eps: float = 1e-5
    init_std: float = 0.02

    # --8<-- [end:config_fields]

    def __post_init__(self) -> None:
        names = ("vocab", "context", "dim", "layers", "heads", "head_dim", "hidden", "band")
        sizes = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if min(sizes.values()) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        if self.head_dim is None and self.dim % self.heads:
            raise ValueError(
                f"expected heads to divide dim {self.dim}, got {self.heads} heads; or give head_dim"
            )
        if self.norm not in ("post", "pre"):
            raise ValueError(f"expected norm to be 'post' or 'pre', got {self.norm!r}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"expected dropout of at least 0 and less than 1, got {self.dropout}")
        if not (self.eps > 0 and self.init_std > 0):
            raise ValueError(
                f"expected eps and init_std above 0, got {self.eps} and {self.init_std}"
            )

    @property
    def head_size(self) -> int:
        """Numbers in one key, and in one value."""
        return self.dim // self.heads if self.head_dim is None else self.head_dim

    @property
    def hidden_size(self) -> int:
        """Width inside the feed-forward layers."""
        return 4 * self.dim if self.hidden is None else self.hidden

    def is_banded(self, layer: int) -> bool:
        """Return whether a layer's attention is banded: every second one, if `band` is given."""
        return self.band is not None and layer % 2 == 1

    def change(self, **changes: Setting) -> "GPTConfig":
        """Return a config with some fields changed.

        Args:
            **changes: fields and their values.

        Raises:
            ValueError: there is no such field, or a value does not fit.

        Examples:
            >>> GPTConfig.gpt2().change(layers=2).layers
            2
            >>> GPTConfig.gpt2().change(n_layer=2)
            Traceback (most recent call last):
            ValueError: unknown config field 'n_layer', expected one of: vocab, context, dim, ...
        """
        _check_names(changes)
        given: dict[str, Any] = dict(changes)
        return replace(self, **given)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "GPTConfig":
        """Return the config that a mapping such as a JSON file describes.

        Args:
            settings: fields and their values.

        Raises:
            ValueError: there is no such field, one without a default is missing, or a value does
                not fit.
        """
        _check_names(settings)
        needed = ("vocab", "context", "dim", "layers", "heads")
        if missing := [name for name in needed if name not in settings]:
            raise ValueError(f"missing config fields: {', '.join(missing)}")
        return cls(**settings)

    # --8<-- [start:config_presets]
    @classmethod
    def gpt1(cls, **changes: Setting) -> "GPTConfig":
        """Return GPT-1: post-norm, no final norm, all weights begin alike."""
        config = cls(
            vocab=40_478,
            context=512,
            dim=768,
            layers=12,
            heads=12,
            norm="post",
            final_norm=False,
            scale_residual=False,
            dropout=0.1,
        )
        return config.change(**changes)

    @classmethod
    def gpt2(cls, size: str = "small", **changes: Setting) -> "GPTConfig":
        """Return a GPT-2: pre-norm, a final norm, residual layers that begin smaller."""
        layers, dim, heads = _look_up(GPT2_SIZES, size)
        config = cls(vocab=50_257, context=1024, dim=dim, layers=layers, heads=heads, dropout=0.1)
        return config.change(**changes)

    @classmethod
    def gpt3(cls, size: str = "175B", band: int | None = 128, **changes: Setting) -> "GPTConfig":
        """Return a GPT-3: a GPT-2 in which every second attention is banded.

        The sizes are printed ones. The paper gives no width of the band: 128 is our choice.
        """
        layers, dim, heads, head_dim = _look_up(GPT3_SIZES, size)
        config = cls(
            vocab=50_257,
            context=2048,
            dim=dim,
            layers=layers,
            heads=heads,
            head_dim=head_dim,
            band=band,
        )
        return config.change(**changes)

    # --8<-- [end:config_presets]


def _check_names(settings: Mapping[str, Any]) -> None:
    known = [field.name for field in fields(GPTConfig)]
    for name in settings:
        if name not in known:
            raise ValueError(f"unknown config field {name!r}, expected one of: {', '.join(known)}")


def _look_up(sizes: Mapping[str, tuple[int, ...]], size: str) -> tuple[int, ...]:
    if size not in sizes:
        raise ValueError(f"expected a size among {', '.join(sizes)}, got {size!r}")
    return sizes[size]
