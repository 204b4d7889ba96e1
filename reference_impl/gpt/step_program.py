"""The computation of `CompiledStep`: one function of tensors alone, which `torch.compile` can take as a whole.

It stands apart because nothing may be wrapped around what is compiled, as the tests do where shapes are annotated.
"""

# --8<-- [start:compiled_imports]
import torch

# --8<-- [end:compiled_imports]
from torch import Tensor
from torch.nn import functional

from reference_impl.gpt.decode_step import BlockWeights

__all__ = ["step_logits"]


# --8<-- [start:compiled_attention]
def _row(
    x: "torch.Tensor", weight: "torch.Tensor", bias: "torch.Tensor | None" = None
) -> "torch.Tensor":
    """Return `x @ weight.T + bias` for one row, as a sum: the compiler makes one loop of it and its neighbours."""
    out = (weight * x).sum(-1)[None]
    return out if bias is None else out + bias


def _attention(
    x: "torch.Tensor",
    w: "BlockWeights",
    k: "torch.Tensor",
    v: "torch.Tensor",
    place: "torch.Tensor",
) -> "torch.Tensor":
    """Return what the newest token, at `place`, takes from all tokens, `(1, dim)`."""
    q, *new = _row(x, *w.qkv).view(3, w.heads, -1)  # each (heads, head_dim)
    for kept, row in zip((k, v), new, strict=True):
        kept.index_copy_(2, place, row[None, :, None])
    places = torch.arange(k.shape[2], device=k.device)
    seen = places <= place
    if w.band is not None:
        seen = seen & (places > place - w.band)
    scores = (k[0] * q[:, None]).sum(-1) / q.shape[-1] ** 0.5
    share = scores.masked_fill(~seen, -torch.inf).softmax(-1)
    return _row((share[..., None] * v[0]).sum(1).view(1, -1), *w.out)


# --8<-- [end:compiled_attention]


def _feed_forward(x: Tensor, w: BlockWeights) -> Tensor:
    return _row(functional.gelu(_row(x, *w.up), approximate="tanh"), *w.down)


def step_logits(
    token: Tensor,
    place: Tensor,
    weights: list[BlockWeights],
    tables: tuple[Tensor, Tensor],
    last: tuple[Tensor, Tensor] | None,
    kept: list[tuple[Tensor, Tensor]],
    eps: float,
    post: bool,
) -> Tensor:
    """Return the logits of what follows one token, `(1, vocab)`; its key and value are written into `kept`.

    Everything that it computes with comes in as an argument, so a program holds for all models of these sizes.

    Args:
        token: id of the newest token, `(1,)`.
        place: its place, `(1,)`.
        weights: of each block.
        tables: of tokens, `(vocab, dim)`, and of positions, `(context, dim)`.
        last: scale and shift of the norm before the output layer, if there is one.
        kept: keys and values of each block, `(1, heads, capacity, head_dim)`.
        eps: of the norms.
        post: whether each sum is normalised, and not each sublayer's input.
    """
    tokens, positions = tables
    shape = (tokens.shape[1],)
    x = tokens[token] + positions[place]
    for w, (k, v) in zip(weights, kept, strict=True):
        if post:
            x = functional.layer_norm(x + _attention(x, w, k, v, place), shape, *w.norm, eps)
            x = functional.layer_norm(x + _feed_forward(x, w), shape, *w.mlp_norm, eps)
        else:
            x = x + _attention(functional.layer_norm(x, shape, *w.norm, eps), w, k, v, place)
            x = x + _feed_forward(functional.layer_norm(x, shape, *w.mlp_norm, eps), w)
    if last is not None:
        x = functional.layer_norm(x, shape, *last, eps)
    return _row(x, tokens)
