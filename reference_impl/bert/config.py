"""The sizes of a BERT, and how they are read from a configuration of Hugging Face.

Devlin et al., [*BERT*](https://arxiv.org/abs/1810.04805), section 3. Their L is `layers`, H `dim`, A `heads`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["BertConfig"]

FIELDS = {
    "vocab_size": "vocab",
    "hidden_size": "dim",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "intermediate_size": "hidden",
    "max_position_embeddings": "context",
    "type_vocab_size": "types",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
    "layer_norm_eps": "norm_eps",
    "initializer_range": "init_std",
    "pad_token_id": "pad",
}
# Fields that change the network: these values are what `Bert` computes.
FIXED: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "is_encoder_decoder": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}
# Fields that change no number of the encoder: notes, names of labels, what is returned, options of generation.
NOTES = frozenset(
    [
        "_name_or_path",
        "architectures",
        "attn_implementation",
        "bos_token_id",
        "chunk_size_feed_forward",
        "classifier_dropout",
        "directionality",
        "dtype",
        "eos_token_id",
        "finetuning_task",
        "gradient_checkpointing",
        "id2label",
        "label2id",
        "output_attentions",
        "output_hidden_states",
        "output_past",
        "pooler_fc_size",
        "pooler_num_attention_heads",
        "pooler_num_fc_layers",
        "pooler_size_per_head",
        "pooler_type",
        "problem_type",
        "return_dict",
        "sep_token_id",
        "torch_dtype",
        "transformers_version",
        "use_cache",
    ]
)


@dataclass(frozen=True)
class BertConfig:
    """The sizes of a `Bert`; by default those of the paper's base model.

    Attributes:
        vocab: token ids.
        dim: width of the tokens.
        layers: layers of the encoder; 0 leaves the embeddings alone.
        heads: heads of each attention; they divide `dim`.
        hidden: width inside the feed-forward layers.
        context: rows of the position table, the longest input.
        types: rows of the segment table.
        dropout: probability of dropping parts of the embeddings, and of what a sublayer adds.
        attention_dropout: probability of dropping an attention weight.
        norm_eps: what the norms add to a variance.
        init_std: standard deviation of the weights at the start.
        pad: id of the filler, or `None` if there is none.

    Raises:
        ValueError: a size is too small, `heads` does not divide `dim`, a dropout is no probability, a
            number is not positive, or `pad` is not in the vocabulary.

    Examples:
        >>> BertConfig().hidden
        3072
        >>> BertConfig(dim=10, heads=4)
        Traceback (most recent call last):
        ValueError: expected heads to divide dim 10, got 4
    """

    vocab: int = 30_522
    dim: int = 768
    layers: int = 12
    heads: int = 12
    hidden: int = 3072
    context: int = 512
    types: int = 2
    dropout: float = 0.1
    attention_dropout: float = 0.1
    norm_eps: float = 1e-12
    init_std: float = 0.02
    pad: int | None = 0

    def __post_init__(self) -> None:
        names = ("vocab", "dim", "heads", "hidden", "context", "types")
        sizes = {name: getattr(self, name) for name in names}
        if min(sizes.values()) < 1 or self.layers < 0:
            raise ValueError(
                f"expected sizes of at least 1 and layers of at least 0, got {sizes} "
                f"and layers={self.layers}"
            )
        if self.dim % self.heads:
            raise ValueError(f"expected heads to divide dim {self.dim}, got {self.heads}")
        for name in ("dropout", "attention_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"expected {name} of at least 0 and less than 1, got {getattr(self, name)}"
                )
        if self.norm_eps <= 0 or self.init_std < 0:
            raise ValueError(
                "expected norm_eps above 0 and init_std of at least 0, "
                f"got {self.norm_eps} and {self.init_std}"
            )
        if self.pad is not None and not 0 <= self.pad < self.vocab:
            raise ValueError(f"expected pad in the vocabulary of {self.vocab}, got {self.pad}")

    @classmethod
    def from_hugging_face(cls, config: object) -> "BertConfig":
        """Read a configuration of Hugging Face: a `config.json`, or a `transformers.BertConfig`.

        Fields that are left out have our default, which is theirs. Each field must be one that is
        taken over, one that must have a certain value, or one that is known to change no number.

        Args:
            config: a mapping, or an object with a method `to_dict`.

        Raises:
            TypeError: `config` is neither.
            ValueError: it has an unknown field, or asks for another network than this.

        Examples:
            >>> BertConfig.from_hugging_face({"hidden_size": 384, "model_type": "bert"}).dim
            384
            >>> BertConfig.from_hugging_face({"hiden_size": 384})
            Traceback (most recent call last):
            ValueError: unknown field 'hiden_size'; those that set a size are vocab_size, hidden_size, ...
            >>> BertConfig.from_hugging_face({"hidden_act": "relu"})
            Traceback (most recent call last):
            ValueError: expected hidden_act to be 'gelu', got 'relu'
        """
        to_dict = getattr(config, "to_dict", None)
        given = to_dict() if callable(to_dict) else config
        if not isinstance(given, Mapping):
            raise TypeError(
                f"expected a mapping or an object with to_dict, got {type(config).__name__}"
            )
        unknown = [name for name in given if name not in {*FIELDS, *FIXED, *NOTES}]
        if unknown:
            raise ValueError(
                f"unknown field{'s' * (len(unknown) > 1)} {', '.join(map(repr, unknown))}; "
                f"those that set a size are {', '.join(FIELDS)}"
            )
        for name, wanted in FIXED.items():
            if given.get(name, wanted) != wanted:
                raise ValueError(f"expected {name} to be {wanted!r}, got {given[name]!r}")
        return cls(**{ours: given[name] for name, ours in FIELDS.items() if name in given})

    def to_hugging_face(self) -> dict[str, Any]:
        """Return the fields of a `config.json`; `transformers.BertConfig(**fields)` takes them.

        Examples:
            >>> BertConfig(dim=384, heads=12).to_hugging_face()["hidden_size"]
            384
        """
        sizes = {name: getattr(self, ours) for name, ours in FIELDS.items()}
        return {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", **sizes}
