"""Weights from and to Hugging Face's `OpenAIGPTLMHeadModel` (GPT-1) and `GPT2LMHeadModel`.

Their linear layers are `Conv1D`, whose matrix stands the other way round. Names are those of Transformers 5.
"""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from reference_impl.gpt.config import GPTConfig
from reference_impl.gpt.model import GPT

__all__ = ["config_from_hugging_face", "from_hugging_face", "to_hugging_face"]

# --8<-- [start:hugging_face_names]
BLOCK = {
    "attention_norm": "ln_1",
    "attention.qkv": "attn.c_attn",
    "attention.out": "attn.c_proj",
    "mlp_norm": "ln_2",
    "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
}
OUTER = {
    "pre": {"tokens": "wte", "positions": "wpe", "norm": "ln_f"},
    "post": {"tokens": "tokens_embed", "positions": "positions_embed"},
}


def _their_name(ours: str, norm: str) -> str:
    """Return the name that one of our parameters has there."""
    part, _, kind = ours.rpartition(".")
    if part.startswith("blocks."):
        _, layer, inner = part.split(".", 2)
        return f"transformer.h.{layer}.{BLOCK[inner]}.{kind}"
    return f"transformer.{OUTER[norm][part]}.{kind}"


# --8<-- [end:hugging_face_names]


def _is_turned(ours: str) -> bool:
    return ours.endswith((".qkv.weight", ".out.weight", ".up.weight", ".down.weight"))


def config_from_hugging_face(theirs: Mapping[str, Any]) -> GPTConfig:
    """Return our config for theirs.

    Args:
        theirs: `config.to_dict()` of an `OpenAIGPTConfig` or a `GPT2Config`, or their JSON file.

    Raises:
        ValueError: it is of another model, or asks for something that a `GPT` does not have.

    Examples:
        >>> theirs = {"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2}
        >>> config_from_hugging_face(theirs).change(vocab=9).layers
        2
    """
    kind = theirs.get("model_type")
    if kind not in ("gpt2", "openai-gpt"):
        raise ValueError(f"expected model_type 'gpt2' or 'openai-gpt', got {kind!r}")
    _check_supported(theirs)
    base = GPTConfig.gpt2() if kind == "gpt2" else GPTConfig.gpt1()
    names = {"vocab_size": "vocab", "n_positions": "context", "n_embd": "dim", "n_layer": "layers"}
    names |= {"n_head": "heads", "n_inner": "hidden", "resid_pdrop": "dropout"}
    names |= {"layer_norm_epsilon": "eps", "initializer_range": "init_std"}
    return base.change(**{ours: theirs[name] for name, ours in names.items() if name in theirs})


def _check_supported(theirs: Mapping[str, Any]) -> None:
    drops = {theirs.get(f"{name}_pdrop", 0.1) for name in ("resid", "embd", "attn")}
    if len(drops) > 1:
        raise ValueError(f"expected one dropout for all places, got {sorted(drops)}")
    wanted = {
        "activation_function": "gelu_new",
        "afn": "gelu",  # the tanh form, in OpenAIGPTConfig
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
    }
    for name, value in wanted.items():
        if theirs.get(name, value) != value:
            raise ValueError(f"expected {name}={value!r}, got {theirs[name]!r}")


def from_hugging_face(
    state: Mapping[str, Shaped[Tensor, "..."]],
    config: GPTConfig,
    device: torch.device | None = None,
) -> GPT:
    """Return a GPT in evaluation mode with the weights of one of theirs, copied.

    Args:
        state: the state dict of an `OpenAIGPTLMHeadModel` (for `norm="post"`) or a
            `GPT2LMHeadModel`, or of the model inside, whose names have no `transformer.` in front.
        config: its sizes.
        device: where the result lies.

    Raises:
        ValueError: weights are missing, unknown or of another shape; the message says which.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2)
        >>> model = GPT(config).eval()
        >>> copy = from_hugging_face(to_hugging_face(model), config)
        >>> torch.equal(copy(torch.tensor([[1, 2]])), model(torch.tensor([[1, 2]])))
        True
    """
    theirs = _with_prefix(state)
    model = GPT(config)
    names = {ours: _their_name(ours, config.norm) for ours in model.state_dict()}
    _check_names(theirs, names)
    found = {
        ours: theirs[name].T if _is_turned(ours) else theirs[name] for ours, name in names.items()
    }
    _check_shapes(model, found, names)
    model.to(device=device, dtype=next(iter(found.values())).dtype)
    model.load_state_dict(found)
    return model.eval()


def _with_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state with one form of names, without the output layer and old buffers."""
    head = state.get("lm_head.weight")
    named = {
        name if name.startswith("transformer.") else f"transformer.{name}": value
        for name, value in state.items()
        if name != "lm_head.weight" and not name.endswith((".attn.bias", ".attn.masked_bias"))
    }
    for name in ("transformer.wte.weight", "transformer.tokens_embed.weight"):
        if head is not None and name in named and not torch.equal(head, named[name]):
            raise ValueError(f"expected lm_head.weight to be {name} (tied), got other numbers")
    return named


def _check_names(theirs: Mapping[str, Tensor], names: Mapping[str, str]) -> None:
    missing = [name for name in names.values() if name not in theirs]
    unknown = [name for name in theirs if name not in names.values()]
    if missing or unknown:
        raise ValueError(
            f"state dict does not fit: missing {_some(missing)}; not expected {_some(unknown)}"
        )


def _check_shapes(model: GPT, found: Mapping[str, Tensor], names: Mapping[str, str]) -> None:
    wrong = []
    for ours, want in model.state_dict().items():
        if found[ours].shape != want.shape:
            expected, got = (
                tuple(x.T.shape if _is_turned(ours) else x.shape) for x in (want, found[ours])
            )
            wrong.append(f"{names[ours]} expected {expected}, got {got}")
    if wrong:
        raise ValueError(f"state dict does not fit: {_some(wrong)}")


def _some(items: list[str], most: int = 3) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ("; " if " " in "".join(items) else ", ").join(items[:most]) + more if items else "none"


def to_hugging_face(model: GPT) -> dict[str, Shaped[Tensor, "..."]]:
    """Return the state dict of the `OpenAIGPTLMHeadModel` or `GPT2LMHeadModel` with these weights.

    Args:
        model: a GPT without bands, whose heads are as wide as theirs.

    Returns:
        Copies, by their names, the output layer included: `load_state_dict` takes it as it is.

    Raises:
        ValueError: they have no such model.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2)
        >>> to_hugging_face(GPT(config))["transformer.h.0.attn.c_attn.weight"].shape
        torch.Size([8, 24])
    """
    config = model.config
    if config.band is not None or config.head_size * config.heads != config.dim:
        raise ValueError(
            "expected no band and heads * head_dim = dim, as GPT2LMHeadModel has it, got "
            f"band={config.band}, {config.heads} * {config.head_size} and {config.dim}"
        )
    if config.final_norm != (config.norm == "pre"):
        raise ValueError(
            "expected a final norm where norm is 'pre' and none where it is 'post', got "
            f"final_norm={config.final_norm} and norm={config.norm!r}"
        )
    state = {}
    for ours, value in model.state_dict().items():
        turned = value.T if _is_turned(ours) else value
        state[_their_name(ours, config.norm)] = turned.clone(memory_format=torch.contiguous_format)
    state["lm_head.weight"] = model.tokens.weight.detach().clone()
    return state
