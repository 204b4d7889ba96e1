"""Weights of Hugging Face's BERT, read and written under their own names.

One table says which name is whose. Queries, keys and values are three matrices there and one here; the matrix of the
word embeddings stands there a second time, as the decoder of the masked-word head.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from reference_impl.bert.config import BertConfig
from reference_impl.bert.model import Bert
from reference_impl.saving import load_safetensors

__all__ = ["load_bert", "load_hugging_face", "to_hugging_face"]

# --8<-- [start:names]
NAMES = {
    "embeddings.tokens": "embeddings.word_embeddings",
    "embeddings.types": "embeddings.token_type_embeddings",
    "embeddings.positions": "embeddings.position_embeddings",
    "embeddings.norm": "embeddings.LayerNorm",
    "attention_out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "expand": "intermediate.dense",
    "contract": "output.dense",
    "norm": "output.LayerNorm",
    "pooler": "pooler.dense",
    "head.dense": "cls.predictions.transform.dense",
    "head.norm": "cls.predictions.transform.LayerNorm",
    "head": "cls.predictions",  # its bias
    "next_sentence": "cls.seq_relationship",
    "classifier": "classifier",
}
THREE = ("attention.self.query", "attention.self.key", "attention.self.value")
# --8<-- [end:names]
TIED = {
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}
OLD_NORMS = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
NO_WEIGHT = "embeddings.position_ids"  # 0, 1, 2, ... in files of older versions


def _theirs(ours: str) -> list[str]:
    """Return their names for one of ours, without `.weight` or `.bias`: one, or three for qkv.

    >>> _theirs("bert.layers.3.expand"), _theirs("layers.0.qkv")[0]
    (['bert.encoder.layer.3.intermediate.dense'], 'encoder.layer.0.attention.self.query')
    """
    prefix = "bert." if ours.startswith("bert.") else ""
    rest = ours.removeprefix(prefix)
    if rest.startswith("layers."):
        _, number, rest = rest.split(".", 2)
        prefix += f"encoder.layer.{number}."
    return [prefix + name for name in (THREE if rest == "qkv" else [NAMES.get(rest, rest)])]


def _pieces(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield their names with our tensors; what is one matrix here comes as views of its thirds."""
    for name, tensor in model.state_dict().items():
        place, _, kind = name.rpartition(".")
        names = _theirs(place)
        for theirs, piece in zip(names, tensor.chunk(len(names)), strict=True):
            yield f"{theirs}.{kind}", piece


def to_hugging_face(model: nn.Module, tied: bool = True) -> dict[str, Tensor]:
    """Return the model's weights under the names of Hugging Face's `state_dict`.

    The tensors are the model's own, or views of them: clone them to keep their values.

    Args:
        model: a `Bert`, or a model of this package that is built on one.
        tied: also the second name of what is shared, as in their `state_dict`. A safetensors file
            has one name for each tensor: `False`.

    Examples:
        >>> from reference_impl.bert import Bert, BertConfig
        >>> model = Bert(BertConfig(vocab=9, dim=4, layers=1, heads=2, hidden=8))
        >>> for name in list(to_hugging_face(model))[5:9]:
        ...     print(name)
        encoder.layer.0.attention.self.query.weight
        encoder.layer.0.attention.self.key.weight
        encoder.layer.0.attention.self.value.weight
        encoder.layer.0.attention.self.query.bias
    """
    state = dict(_pieces(model))
    if tied:
        state |= {second: state[first] for second, first in _tied(state).items()}
    return state


def _tied(state: Mapping[str, Tensor]) -> dict[str, str]:
    """Return the second names of what is shared, with the first; none without the head for words."""
    return TIED if "cls.predictions.bias" in state else {}


def load_hugging_face(
    model: nn.Module, state: Mapping[str, Tensor], ignore: Sequence[str] = ()
) -> None:
    """Copy weights of Hugging Face into the model, all of them or none.

    `position_ids` of older files is passed over, and their `gamma` and `beta` of norms are read. The
    prefix `bert.` is taken off where the model is the bare encoder.

    Args:
        model: a `Bert`, or a model of this package that is built on one.
        state: names and tensors, such as `load_safetensors` or their `state_dict()` returns.
        ignore: beginnings of names in `state` to pass over, such as `"cls."`.

    Raises:
        ValueError: names are missing or unexpected, shapes differ, or a tied weight has two values.
            The model is unchanged then.

    Examples:
        >>> from reference_impl.bert import Bert, BertConfig
        >>> model = Bert(BertConfig(vocab=9, dim=4, layers=0, heads=2, hidden=8), pooler=False)
        >>> state = {name: torch.ones_like(w) for name, w in to_hugging_face(model).items()}
        >>> load_hugging_face(model, state)
        >>> model.embeddings.types.weight.sum()
        tensor(8., grad_fn=<SumBackward0>)
        >>> del state["embeddings.LayerNorm.bias"]
        >>> load_hugging_face(model, state)
        Traceback (most recent call last):
        ValueError: the state does not fit the model
        missing: embeddings.LayerNorm.bias of shape (4,)
    """
    given = _readable(state, hasattr(model, "bert"), ignore)
    wanted = dict(_pieces(model))
    tied = _tied(wanted)
    seconds = {name: given.pop(name) for name in tied if name in given}
    for second, first in tied.items():  # one name is enough, whichever it is
        if first not in given and second in seconds:
            given[first] = seconds[second]
    wrong = _differences(wanted, given)
    wrong += [
        f"tied: {second} differs from {tied[second]}"
        for second, value in seconds.items()
        if tied[second] in given and not torch.equal(value, given[tied[second]])
    ]
    if wrong:
        raise ValueError("\n".join(["the state does not fit the model", *wrong]))
    with torch.no_grad():
        for name, piece in wanted.items():
            piece.copy_(given[name])


def _readable(
    state: Mapping[str, Tensor], with_prefix: bool, ignore: Sequence[str]
) -> dict[str, Tensor]:
    """Return the state under today's names, without what is passed over."""
    given = {}
    for name, tensor in state.items():
        if name.endswith(NO_WEIGHT) or name.startswith(tuple(ignore)):
            continue
        for old, new in OLD_NORMS.items():
            name = name.removesuffix(old) + new if name.endswith(old) else name
        given[name if with_prefix else name.removeprefix("bert.")] = tensor
    return given


def _differences(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[str]:
    """Return a line for each name that is missing or unexpected, and for each shape that differs."""
    lines = [f"missing: {n} of shape {tuple(w.shape)}" for n, w in wanted.items() if n not in given]
    lines += [
        f"unexpected: {n} of shape {tuple(g.shape)}" for n, g in given.items() if n not in wanted
    ]
    lines += [
        f"shape: {n}: expected {tuple(w.shape)}, got {tuple(given[n].shape)}"
        for n, w in wanted.items()
        if n in given and given[n].shape != w.shape
    ]
    return lines


def load_bert(folder: str | Path) -> Bert:
    """Return the encoder that lies in a folder as `config.json` and `model.safetensors`.

    Heads of pre-training in the file (`cls.`) are passed over. The model is in eval mode.

    Raises:
        ValueError: the configuration or the weights are not of the kind that `Bert` computes.

    Examples:
        >>> import tempfile
        >>> from reference_impl.saving import save_safetensors
        >>> config = BertConfig(vocab=9, dim=4, layers=1, heads=2, hidden=8)
        >>> with tempfile.TemporaryDirectory() as name:
        ...     folder = Path(name)
        ...     fields = json.dumps(config.to_hugging_face())
        ...     _ = (folder / "config.json").write_text(fields)
        ...     save_safetensors(to_hugging_face(Bert(config)), folder / "model.safetensors")
        ...     load_bert(folder).config == config
        True
    """
    folder = Path(folder)
    fields = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    state = load_safetensors(folder / "model.safetensors")
    pooler = any("pooler." in name for name in state)
    model = Bert(BertConfig.from_hugging_face(fields), pooler)
    load_hugging_face(model, state, ignore=["cls."])
    return model.eval()
