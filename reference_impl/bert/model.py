"""BERT: three embeddings summed, an encoder of post-norm layers, and a pooler.

Devlin et al., [*BERT*](https://arxiv.org/abs/1810.04805), section 3 and figure 2. The numbers are those of Hugging
Face's `BertModel`; queries, keys and values come from one matrix, so that a layer has four products of matrices.
"""

# --8<-- [start:model_imports]
import torch

# --8<-- [end:model_imports]
from jaxtyping import Float, Int, Shaped

# --8<-- [start:model_torch]
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

# --8<-- [end:model_torch]
from reference_impl.bert.config import BertConfig

__all__ = ["Bert", "BertEmbeddings", "BertLayer"]


def check_range(name: str, values: Tensor, size: int) -> None:
    """Raise a ValueError where one of the values is not in `range(size)`."""
    if not values.numel():
        return
    low, high = (int(value) for value in values.aminmax())
    if low < 0 or high >= size:
        raise ValueError(f"expected {name} from 0 to {size - 1}, got {low if low < 0 else high}")


# --8<-- [start:embeddings]
class BertEmbeddings(nn.Module):
    """Token, segment and position embeddings: their sum, normalised, then dropped from.

    Args:
        config: the sizes.

    Examples:
        >>> embeddings = BertEmbeddings(BertConfig(vocab=9, dim=4, heads=2))
        >>> embeddings(torch.tensor([[1, 5, 2]])).shape
        torch.Size([1, 3, 4])
    """

    def __init__(self, config: "BertConfig") -> None:
        super().__init__()
        self.tokens = nn.Embedding(config.vocab, config.dim, padding_idx=config.pad)
        self.types = nn.Embedding(config.types, config.dim)
        self.positions = nn.Embedding(config.context, config.dim)
        self.norm = nn.LayerNorm(config.dim, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids: "torch.Tensor", types: "torch.Tensor | None" = None) -> "torch.Tensor":
        """Return the first hidden states, `(batch, length, dim)`.

        Args:
            ids: token ids, `(batch, length)`.
            types: segment of each token, `(batch, length)`; all 0 by default.
        """
        places = self.positions.weight[: ids.shape[1]]  # row 0 for the first token, and so on
        if types is None:
            summed = self.tokens(ids) + (places + self.types.weight[0])
        else:
            summed = self.tokens(ids) + self.types(types) + places
        out: torch.Tensor = self.dropout(self.norm(summed))
        return out


# --8<-- [end:embeddings]


def unpack(
    some: "torch.Tensor", tokens: "torch.Tensor", batch: "int", length: "int"
) -> "torch.Tensor":
    """Return `(batch, length, width)` with the given rows in their places, and zeros elsewhere."""
    rows = some.new_zeros(batch * length, some.shape[-1]).index_copy_(0, tokens, some)
    return rows.view(batch, length, -1)


class BertLayer(nn.Module):
    """Self-attention and a feed-forward layer, each added to its input and normalised after.

    Args:
        config: the sizes.

    Examples:
        >>> layer = BertLayer(BertConfig(dim=8, heads=2, hidden=16))
        >>> layer(torch.ones(1, 3, 8)).shape
        torch.Size([1, 3, 8])
        >>> layer.qkv
        Linear(in_features=8, out_features=24, bias=True)
    """

    def __init__(self, config: "BertConfig") -> None:
        super().__init__()
        dim = config.dim
        self.heads, self.attention_dropout = config.heads, config.attention_dropout
        self.qkv = nn.Linear(dim, 3 * dim)
        self.attention_out = nn.Linear(dim, dim)
        self.attention_norm = nn.LayerNorm(dim, eps=config.norm_eps)
        self.expand = nn.Linear(dim, config.hidden)
        self.contract = nn.Linear(config.hidden, dim)
        self.norm = nn.LayerNorm(dim, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    # --8<-- [start:layer]
    def forward(
        self,
        x: "torch.Tensor",
        mask: "torch.Tensor | None" = None,
        tokens: "torch.Tensor | None" = None,
    ) -> "torch.Tensor":
        """Return the tokens after both sublayers, of the shape of `x`.

        Args:
            x: tokens, `(batch, length, dim)`; or only some of them, `(count, dim)`.
            mask: `True` where a token may be looked at, `(batch, 1, 1, length)`. Tokens of a row that
                hides all of them get zeros from the attention.
            tokens: where only some are given, their places among the `batch * length`.
        """
        found = self.attention_out(self._attend(x, mask, tokens))
        x = self.attention_norm(self.dropout(found) + x)
        out: torch.Tensor = self.norm(self.dropout(self.contract(gelu(self.expand(x)))) + x)
        return out

    def _attend(
        self, x: "torch.Tensor", mask: "torch.Tensor | None", tokens: "torch.Tensor | None"
    ) -> "torch.Tensor":
        """Return what the heads found, side by side; queries, keys and values end with the call."""
        qkv = self.qkv(x)
        if tokens is not None and mask is not None:
            qkv = unpack(qkv, tokens, mask.shape[0], mask.shape[-1])
        # (batch, length, 3 * dim) to three of (batch, heads, length, head_dim)
        q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        drop = self.attention_dropout if self.training else 0.0
        found = scaled_dot_product_attention(q, k, v, mask, drop).transpose(1, 2).flatten(2)
        return found if tokens is None else found.flatten(0, 1)[tokens]

    # --8<-- [end:layer]


class Bert(nn.Module):
    """The encoder: token ids in, one vector for each token out.

    Args:
        config: the sizes.
        pooler: whether it has the layer behind `pool`.

    Examples:
        >>> model = Bert(BertConfig(vocab=9, dim=8, layers=2, heads=2, hidden=16, context=5)).eval()
        >>> hidden = model(torch.tensor([[1, 5, 2, 0]]))
        >>> hidden.shape, model.pool(hidden).shape
        (torch.Size([1, 4, 8]), torch.Size([1, 8]))
        >>> model(torch.ones(1, 6, dtype=torch.long))
        Traceback (most recent call last):
        ValueError: expected at most 5 tokens, the rows of the position table, got 6
    """

    def __init__(self, config: BertConfig, pooler: bool = True) -> None:
        super().__init__()
        self.config = config
        self.embeddings = BertEmbeddings(config)
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.layers))
        self.pooler = nn.Linear(config.dim, config.dim) if pooler else None
        self.apply(self.initialise)

    def initialise(self, module: nn.Module) -> None:
        """Draw the weights of a module as BERT does: a normal distribution for matrices, biases 0.

        Models built on `Bert` call `model.apply(model.bert.initialise)` for their heads.
        """
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.init_std)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            with torch.no_grad():
                module.weight[module.padding_idx].zero_()

    def _check(self, ids: Tensor, types: Tensor | None, mask: Tensor | None) -> None:
        if ids.ndim != 2:
            raise ValueError(f"expected ids of shape (batch, length), got {tuple(ids.shape)}")
        if ids.shape[1] > self.config.context:
            raise ValueError(
                f"expected at most {self.config.context} tokens, the rows of the position table, "
                f"got {ids.shape[1]}"
            )
        for name, other in (("types", types), ("mask", mask)):
            if other is not None and other.shape != ids.shape:
                raise ValueError(
                    f"expected {name} of the shape of ids, {tuple(ids.shape)}, "
                    f"got {tuple(other.shape)}"
                )
        if mask is not None and mask.is_floating_point():
            raise TypeError(
                f"expected a boolean or integer mask, True or 1 for a token, got {mask.dtype}"
            )
        if ids.is_cpu and not torch.compiler.is_compiling():  # elsewhere a look would be a wait
            check_range("ids", ids, self.config.vocab)
            if types is not None:
                check_range("types", types, self.config.types)

    # --8<-- [start:walk]
    def _mask(self, ids: "torch.Tensor", mask: "torch.Tensor | None") -> "torch.Tensor | None":
        """Return `(batch, length)`, True for tokens; or None where there is no filler."""
        if mask is None:
            if self.config.pad is None:
                return None
            mask = ids != self.config.pad
        if torch.compiler.is_compiling():  # a compiled graph can't depend on the values
            return mask.bool()
        return None if mask.all() else mask.bool()

    def _encode(
        self,
        ids: "torch.Tensor",
        types: "torch.Tensor | None",
        mask: "torch.Tensor | None",
        every: "bool",
    ) -> "list[torch.Tensor]":
        """Return the last states, or those after the embeddings and after every layer."""
        x, tokens = self.embeddings(ids, types), None
        keep = self._mask(ids, mask)
        visible = None if keep is None else keep[:, None, None, :]
        if keep is not None and not torch.compiler.is_compiling():
            tokens = keep.flatten().nonzero()[:, 0]
            x = x.flatten(0, 1)[tokens]  # filler takes no part in the products of matrices
        states = [x]
        for layer in self.layers:
            x = layer(x, visible, tokens)
            states = [*states, x] if every else [x]
        if keep is None:
            return states
        if tokens is None:
            return [x * keep[..., None] for x in states]
        return [unpack(x, tokens, *keep.shape) for x in states]

    # --8<-- [end:walk]

    def hidden_states(
        self,
        ids: Int[Tensor, "..."],
        types: Int[Tensor, "..."] | None = None,
        mask: Shaped[Tensor, "..."] | None = None,
    ) -> list[Float[Tensor, "batch length dim"]]:
        """Return the embeddings and the output of each layer; arguments and errors as in `forward`."""
        self._check(ids, types, mask)
        return self._encode(ids, types, mask, every=True)

    def forward(
        self,
        ids: Int[Tensor, "..."],
        types: Int[Tensor, "..."] | None = None,
        mask: Shaped[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch length dim"]:
        """Return the last hidden states; 0 at filler, so that a row of nothing but filler is all 0.

        Args:
            ids: token ids, `(batch, length)`.
            types: segment of each token, `(batch, length)`; all 0 by default.
            mask: `True` or 1 for a token, `False` or 0 for filler, `(batch, length)`. By default
                what equals `config.pad` is filler.

        Raises:
            TypeError: the mask is floating.
            ValueError: a shape does not fit, the input is longer than the position table, or (on a
                CPU) an id or a type is out of range.
        """
        self._check(ids, types, mask)
        return self._encode(ids, types, mask, every=False)[0]

    # --8<-- [start:pool]
    def pool(self, hidden: "torch.Tensor") -> "torch.Tensor":
        """Return the first token's last state, through a linear layer and tanh: `(batch, dim)`.

        Args:
            hidden: what `forward` returned.

        Raises:
            ValueError: the model was made without a pooler.
        """
        if self.pooler is None:
            raise ValueError("expected a model with a pooler, got one made with pooler=False")
        return torch.tanh(self.pooler(hidden[:, 0]))

    # --8<-- [end:pool]
