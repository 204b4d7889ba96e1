"""State dicts of Hugging Face's `T5ForConditionalGeneration`, into a `T5` and out of it."""

# --8<-- [start:weights_imports]
from collections.abc import Mapping

import torch
from torch import Tensor

# --8<-- [end:weights_imports]
from reference_impl.t5.config import T5Config
from reference_impl.t5.model import T5

__all__ = ["load_hugging_face", "to_hugging_face"]

# What their state dict holds twice, and what checkpoints of the first release hold without use.
COPIES = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
UNUSED = ("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",)


# --8<-- [start:weights_names]
def _layer_names(stack: str, number: int, gated: bool) -> dict[str, list[str]]:
    """Return, for each of our matrices in one layer, those of theirs that lie in it one below another."""
    ours, theirs = f"{stack}.{number}.", f"{stack}.block.{number}.layer."
    last = 2 if stack == "decoder" else 1
    attention, dense = f"{theirs}0.SelfAttention.", f"{theirs}{last}.DenseReluDense."
    names = {
        f"{ours}attention_norm.weight": [f"{theirs}0.layer_norm.weight"],
        f"{ours}attention.qkv.weight": [f"{attention}{part}.weight" for part in "qkv"],
        f"{ours}attention.out.weight": [f"{attention}o.weight"],
        f"{ours}feed_forward_norm.weight": [f"{theirs}{last}.layer_norm.weight"],
        f"{ours}feed_forward.wi.weight": [
            f"{dense}{part}.weight" for part in (("wi_0", "wi_1") if gated else ("wi",))
        ],
        f"{ours}feed_forward.wo.weight": [f"{dense}wo.weight"],
    }
    if stack == "decoder":
        cross = f"{theirs}1.EncDecAttention."
        names |= {
            f"{ours}cross_attention_norm.weight": [f"{theirs}1.layer_norm.weight"],
            f"{ours}cross_attention.q.weight": [f"{cross}q.weight"],
            f"{ours}cross_attention.kv.weight": [f"{cross}{part}.weight" for part in "kv"],
            f"{ours}cross_attention.out.weight": [f"{cross}o.weight"],
        }
    return names


def _names(config: T5Config) -> dict[str, list[str]]:
    """Return the same for the whole model."""
    names = {"tokens.weight": ["shared.weight"]}
    for stack, layers in (("encoder", config.layers), ("decoder", config.decoder_layers)):
        names[f"{stack}_positions.relative_attention_bias.weight"] = [
            f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        ]
        names[f"{stack}_norm.weight"] = [f"{stack}.final_layer_norm.weight"]
        for number in range(layers):
            names |= _layer_names(stack, number, config.gated)
    return names if config.tied else names | {"head.weight": ["lm_head.weight"]}


# --8<-- [end:weights_names]


def to_hugging_face(model: T5) -> dict[str, Tensor]:
    """Return the weights under the names of `T5ForConditionalGeneration.state_dict()`.

    Values are views of the model's weights, and of one another where Hugging Face ties them.

    Args:
        model: whose weights.

    Examples:
        >>> sizes = {"vocab": 9, "dim": 8, "head_dim": 4, "heads": 2, "hidden": 16}
        >>> theirs = to_hugging_face(T5(T5Config(**sizes, layers=1, decoder_layers=1)))
        >>> len(theirs), theirs["encoder.block.0.layer.0.SelfAttention.k.weight"].shape
        (29, torch.Size([8, 8]))
    """
    ours = model.state_dict()
    theirs: dict[str, Tensor] = {}
    for name, parts in _names(model.config).items():
        theirs |= dict(zip(parts, ours[name].chunk(len(parts)), strict=True))
    theirs |= dict.fromkeys(COPIES, theirs["shared.weight"])
    theirs.setdefault("lm_head.weight", theirs["shared.weight"])
    return theirs


def load_hugging_face(model: T5, state: Mapping[str, Tensor]) -> None:
    """Copy the weights of a `T5ForConditionalGeneration` into the model.

    Copies of the embeddings may be missing, as in its files. If one is there it must be equal.

    Args:
        model: of the same sizes and version.
        state: their state dict.

    Raises:
        ValueError: names are missing or unknown, shapes differ, or a tied matrix is not the
            embeddings'; the message names all of them, and the model is unchanged.

    Examples:
        >>> sizes = {"vocab": 9, "dim": 8, "head_dim": 4, "heads": 2, "hidden": 16}
        >>> one, other = (T5(T5Config(**sizes, layers=1, decoder_layers=1)) for _ in range(2))
        >>> load_hugging_face(one, to_hugging_face(other))
        >>> torch.equal(one.tokens.weight, other.tokens.weight)
        True
    """
    expected = to_hugging_face(model)
    ties = [*COPIES, *(["lm_head.weight"] if model.config.tied else [])]
    problems = _differences(expected, state, ties)
    if problems:
        raise ValueError("the state dict does not fit the model:\n" + "\n".join(problems))
    with torch.no_grad():
        for name, weight in expected.items():
            if name not in ties:
                weight.copy_(state[name])


def _differences(
    expected: Mapping[str, Tensor], state: Mapping[str, Tensor], ties: list[str]
) -> list[str]:
    missing = [name for name in expected if name not in state and name not in ties]
    unknown = [name for name in state if name not in expected and name not in UNUSED]
    shapes = [
        f"{name} expected of shape {tuple(expected[name].shape)}, got {tuple(state[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    found = _listed("missing", missing) + _listed("unknown", unknown) + shapes
    for name in ties:
        if not found and name in state and not torch.equal(state[name], state["shared.weight"]):
            found.append(f"{name} expected equal to shared.weight, as this version ties them")
    return found


def _listed(what: str, names: list[str], most: int = 4) -> list[str]:
    """Return one line: the first names, and how many more."""
    if not names:
        return []
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return [f"{what}: {', '.join(names[:most])}{rest}"]
