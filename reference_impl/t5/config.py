"""The sizes of a T5, its presets, and the way to and from Hugging Face's configuration.

Raffel et al., [*Exploring the limits of transfer learning with a unified text-to-text
transformer*](https://arxiv.org/abs/1910.10683), section 2.1 and section 3.7 (sizes). Their d_model is
`dim`, d_kv `head_dim`, d_ff `hidden`.
"""

# --8<-- [start:config_imports]
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# --8<-- [end:config_imports]
from typing import Any

__all__ = ["T5Config"]

# Ours: Hugging Face's.
FIELDS = {
    "vocab": "vocab_size",
    "dim": "d_model",
    "head_dim": "d_kv",
    "heads": "num_heads",
    "hidden": "d_ff",
    "layers": "num_layers",
    "decoder_layers": "num_decoder_layers",
    "buckets": "relative_attention_num_buckets",
    "max_distance": "relative_attention_max_distance",
    "dropout": "dropout_rate",
    "eps": "layer_norm_epsilon",
    "pad": "pad_token_id",
    "stop": "eos_token_id",
    "start": "decoder_start_token_id",
}
VERSION_FIELDS = {"feed_forward_proj", "tie_word_embeddings", "scale_decoder_outputs"}
# What a config.json may say beside these, and what does not change a result here.
BOOKKEEPING = {
    "_name_or_path", "architectures", "bos_token_id", "chunk_size_feed_forward", "classifier_dropout",
    "dense_act_fn", "dtype", "finetuning_task", "id2label", "initializer_factor", "is_gated_act", "label2id",
    "n_positions", "output_attentions", "output_hidden_states", "output_past", "problem_type", "return_dict",
    "task_specific_params", "tokenizer_class", "torch_dtype", "transformers_version", "use_cache",
}  # fmt: skip  # a list reads as a list
# What must be so where it is said.
REQUIRED = {"model_type": ("t5", "mt5"), "is_encoder_decoder": (True,), "is_decoder": (False,)}
ACTIVATIONS = {"relu": False, "gated-gelu": True}

# dim, head_dim, heads, hidden, layers.
SIZES = {
    "t5-small": (512, 64, 8, 2048, 6),
    "t5-base": (768, 64, 12, 3072, 12),
    "t5-large": (1024, 64, 16, 4096, 24),
    "t5-3b": (1024, 128, 32, 16384, 24),
    "t5-11b": (1024, 128, 128, 65536, 24),
    "t5-v1_1-small": (512, 64, 6, 1024, 8),
    "t5-v1_1-base": (768, 64, 12, 2048, 12),
    "t5-v1_1-large": (1024, 64, 16, 2816, 24),
    "t5-v1_1-xl": (2048, 64, 32, 5120, 24),
    "t5-v1_1-xxl": (4096, 64, 64, 10240, 24),
}


# --8<-- [start:config_class]
@dataclass(frozen=True)
class T5Config:
    """The sizes of a `T5`, and which version it is; by default those of t5-small, version 1.0.

    Attributes:
        vocab: token ids, of source and target.
        dim: width of the tokens.
        head_dim: width of a head; `heads * head_dim` need not be `dim`.
        heads: heads of each attention.
        hidden: width inside the feed-forward layers.
        layers: layers of the encoder.
        decoder_layers: layers of the decoder.
        buckets: rows of each table of relative positions, even.
        max_distance: distances from here on share a bucket.
        dropout: probability of dropping, in training.
        eps: what RMSNorm adds to the mean square.
        gated: `True` in version 1.1: GELU times a linear gate. `False`: ReLU.
        tied: `True` in version 1.0: one matrix embeds and makes the logits, of tokens scaled by
            `dim ** -0.5`. `False`: the logits have a matrix of their own, and nothing is scaled.
        pad: id of the filler.
        stop: id that ends a text.
        start: id that the decoder starts with.

    Raises:
        ValueError: a size is less than 1, `buckets` is odd or less than 4, `dropout` is no
            probability, `eps` is not above 0, or a special id is not in the vocabulary.

    Examples:
        >>> T5Config().hidden, T5Config.preset("t5-v1_1-small").hidden
        (2048, 1024)
    """

    vocab: int = 32128
    dim: int = 512
    head_dim: int = 64
    heads: int = 8
    hidden: int = 2048
    layers: int = 6
    decoder_layers: int = 6
    buckets: int = 32
    max_distance: int = 128
    dropout: float = 0.1
    eps: float = 1e-6
    gated: bool = False
    tied: bool = True
    pad: int = 0
    stop: int = 1
    start: int = 0

    # --8<-- [end:config_class]

    def __post_init__(self) -> None:
        names = ("vocab", "dim", "head_dim", "heads", "hidden", "layers", "decoder_layers")
        sizes = {name: getattr(self, name) for name in names}
        if min(sizes.values()) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        if self.buckets % 2 or self.buckets < 4 or self.max_distance <= self.buckets // 2:
            raise ValueError(
                "expected an even number of buckets of at least 4, and max_distance above half of "
                f"it, got {self.buckets} and {self.max_distance}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"expected dropout of at least 0 and less than 1, got {self.dropout}")
        if not self.eps > 0:
            raise ValueError(f"expected eps above 0, got {self.eps}")
        special = {name: getattr(self, name) for name in ("pad", "stop", "start")}
        if not all(0 <= number < self.vocab for number in special.values()):
            raise ValueError(f"expected ids from 0 to {self.vocab - 1}, got {special}")

    @property
    def inner(self) -> int:
        """Width of all heads side by side."""
        return self.heads * self.head_dim

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "T5Config":  # noqa: ANN401 - the fields' own types
        """Return the sizes of a published model.

        Args:
            name: `t5-` and `small`, `base`, `large`, `3b` or `11b`; or `t5-v1_1-` and `small`,
                `base`, `large`, `xl` or `xxl`.
            **changes: fields to set otherwise.

        Raises:
            ValueError: there is no model of that name.

        Examples:
            >>> T5Config.preset("t5-v1_1-small", dropout=0.0).heads
            6
        """
        if name not in SIZES:
            raise ValueError(f"expected one of {', '.join(SIZES)}, got {name!r}")
        dim, head_dim, heads, hidden, layers = SIZES[name]
        later = "v1_1" in name
        fields = {
            "dim": dim, "head_dim": head_dim, "heads": heads, "hidden": hidden, "layers": layers,
            "decoder_layers": layers, "gated": later, "tied": not later,
        }  # fmt: skip  # a list reads as a list
        return cls(**(fields | changes))

    @classmethod
    def from_hugging_face(cls, config: Any, ignore: Collection[str] = ()) -> "T5Config":  # noqa: ANN401 - theirs
        """Return the same settings, from Transformers' `T5Config` or what its `config.json` holds.

        A field that is neither translated nor known to change nothing is refused: a setting that
        is lost makes a model that is almost right.

        Args:
            config: Transformers' configuration, or a mapping of its fields.
            ignore: names of fields that may be passed over.

        Raises:
            ValueError: a field is unknown, or has a value for which there is no model here.
            TypeError: there are several ids that end a text.

        Examples:
            >>> ours = T5Config.from_hugging_face(
            ...     {"d_model": 8, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
            ... )
            >>> ours.dim, ours.gated, ours.tied
            (8, True, False)
            >>> T5Config.from_hugging_face({"d_modle": 8})
            Traceback (most recent call last):
            ValueError: expected fields of a T5 configuration, got unknown 'd_modle'
        """
        given = dict(config) if isinstance(config, Mapping) else dict(config.to_dict())
        known = {*FIELDS.values(), *VERSION_FIELDS, *BOOKKEEPING, *REQUIRED, *ignore}
        if unknown := sorted(given.keys() - known):
            names = ", ".join(map(repr, unknown))
            raise ValueError(f"expected fields of a T5 configuration, got unknown {names}")
        for name, allowed in REQUIRED.items():
            if given.get(name, allowed[0]) not in allowed:
                raise ValueError(f"expected {name} to be one of {allowed}, got {given[name]!r}")
        activation = given.get("feed_forward_proj", "relu")
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"expected feed_forward_proj 'relu' or 'gated-gelu', got {activation!r}"
            )
        found = {ours: given[name] for ours, name in FIELDS.items() if given.get(name) is not None}
        found.setdefault("decoder_layers", found.get("layers", cls.layers))
        found.setdefault("start", found.get("pad", cls.pad))
        if not isinstance(found.get("stop", cls.stop), int):
            raise TypeError(f"expected one eos_token_id, got {found['stop']}")
        # From release 5 on Transformers says in scale_decoder_outputs what tie_word_embeddings said.
        tied = given.get("scale_decoder_outputs", given.get("tie_word_embeddings", True))
        return cls(**found, gated=ACTIVATIONS[activation], tied=bool(tied))

    def to_hugging_face(self) -> dict[str, int | float | str | bool]:
        """Return the fields for Transformers' `T5Config(**fields)`, or for a `config.json`.

        Examples:
            >>> theirs = T5Config(dim=8).to_hugging_face()
            >>> theirs["d_model"], T5Config.from_hugging_face(theirs) == T5Config(dim=8)
            (8, True)
        """
        fields: dict[str, int | float | str | bool] = {
            theirs: getattr(self, ours) for ours, theirs in FIELDS.items()
        }
        return fields | {
            "feed_forward_proj": "gated-gelu" if self.gated else "relu",
            "tie_word_embeddings": self.tied,
        }
