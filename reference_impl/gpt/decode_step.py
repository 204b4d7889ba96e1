"""One decode step of a GPT, without calling modules: for a single token they cost more than they compute."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

# --8<-- [start:step_imports]
import torch

# --8<-- [end:step_imports]
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from reference_impl.attention import KVCache, few_rows_linear
from reference_impl.gpt.model import GPT, Block

if TYPE_CHECKING:
    from typing import Self

__all__ = ["DecodeStep"]


class BlockWeights(NamedTuple):
    """The parameters of a block, each with its bias, and what its attention needs to know."""

    norm: tuple[Tensor, Tensor]
    qkv: tuple[Tensor, Tensor]
    out: tuple[Tensor, Tensor]
    mlp_norm: tuple[Tensor, Tensor]
    up: tuple[Tensor, Tensor]
    down: tuple[Tensor, Tensor]
    heads: int
    band: int | None

    @classmethod
    def of(cls, block: Block) -> "Self":
        attention, mlp = block.attention, block.mlp
        return cls(
            _pair(block.attention_norm), _pair(attention.qkv), _pair(attention.out),
            _pair(block.mlp_norm), _pair(mlp.up), _pair(mlp.down),
            attention.heads, attention.band,
        )  # fmt: skip  # a list reads as a list


def _pair(part: nn.Linear | nn.LayerNorm) -> tuple[Tensor, Tensor]:
    return part.weight.detach(), part.bias.detach()


# --8<-- [start:step_sublayers]
def _attention(x: "torch.Tensor", w: "BlockWeights", cache: "KVCache") -> "torch.Tensor":
    """Return what the newest token takes from all tokens, `(batch, dim)`."""
    qkv = few_rows_linear(x, *w.qkv).view(x.shape[0], 3, w.heads, 1, -1)
    q, k, v = qkv.unbind(1)  # each (batch, heads, 1, head_dim)
    k, v = cache.append(k, v)
    if w.band is not None:
        k, v = k[:, :, -w.band :], v[:, :, -w.band :]
    found = functional.scaled_dot_product_attention(q, k, v)
    return few_rows_linear(found.flatten(1), *w.out)


def _feed_forward(x: "torch.Tensor", w: "BlockWeights") -> "torch.Tensor":
    inside = functional.gelu(few_rows_linear(x, *w.up), approximate="tanh")
    return few_rows_linear(inside, *w.down)


# --8<-- [end:step_sublayers]


class DecodeStep:
    """Reads one token of each sequence; computes what the model computes in evaluation mode.

    Args:
        model: whose parameters are used, as they are in each step: they are shared, not copied.

    Examples:
        >>> from reference_impl.attention import PreallocatedCache
        >>> from reference_impl.gpt.config import GPTConfig
        >>> model = GPT(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2)).eval()
        >>> caches = [PreallocatedCache(1, 2, 8, 4) for _ in range(2)]
        >>> with torch.no_grad():
        ...     _ = DecodeStep(model)(torch.tensor([3]), caches)
        ...     logits = DecodeStep(model)(torch.tensor([5]), caches)
        ...     torch.allclose(logits, model(torch.tensor([[3, 5]]))[:, -1], atol=1e-5)
        True
    """

    def __init__(self, model: GPT) -> None:
        self.model = model
        self.weights = [
            BlockWeights.of(block) for block in model.blocks if isinstance(block, Block)
        ]

    def __call__(
        self, tokens: Int[Tensor, " batch"], caches: Sequence[KVCache]
    ) -> Float[Tensor, "batch vocab"]:
        """Return the logits of what follows, and keep keys and values of these tokens.

        Args:
            tokens: the newest token of each sequence.
            caches: one for each block.

        Raises:
            ValueError: there is no room left, in a cache or in the position table, or a shape does
                not fit.
        """
        model, place = self.model, caches[0].length
        if place >= model.config.context:
            raise ValueError(
                f"expected at most {model.config.context} tokens, the rows of the position table, "
                f"got {place + 1}"
            )
        config, table = model.config, model.tokens.weight
        shape, eps = (config.dim,), config.eps
        x = functional.embedding(tokens, table) + model.positions.weight[place]
        for w, cache in zip(self.weights, caches, strict=True):
            if config.norm == "post":
                x = functional.layer_norm(_attention(x, w, cache).add_(x), shape, *w.norm, eps)
                x = functional.layer_norm(_feed_forward(x, w).add_(x), shape, *w.mlp_norm, eps)
            else:
                x = _attention(functional.layer_norm(x, shape, *w.norm, eps), w, cache).add_(x)
                x = _feed_forward(functional.layer_norm(x, shape, *w.mlp_norm, eps), w).add_(x)
        return few_rows_linear(model.norm(x), table)
