"""A test bench for position schemes: one tiny attention model that takes any of them, and a task."""

# --8<-- [start:imports]
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference_impl.position_embeddings.base import PositionScheme

# --8<-- [end:imports]


# --8<-- [start:attend]
def attend(q: Tensor, k: Tensor, v: Tensor, scheme: PositionScheme, positions: Tensor) -> Tensor:
    """Causal attention with three of the four places of a scheme: `rotate`, `scores`, `values`.

    Args:
        q: Queries `(batch, heads, length, head_dim)`.
        k: Keys of the same shape.
        v: Values of the same shape.
        scheme: Any position scheme.
        positions: Integers from 0 on, `(length,)`, rising.

    >>> x = torch.ones(1, 1, 3, 2)
    >>> attend(x, x, x, PositionScheme(), torch.arange(3)).shape
    torch.Size([1, 1, 3, 2])
    """
    q, k = scheme.rotate(q, k, positions, positions)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    added = scheme.scores(q, k, positions, positions)
    scores = scores if added is None else scores + added
    later = positions[None, :] > positions[:, None]
    weights = scores.masked_fill(later, float("-inf")).softmax(-1)
    out = weights @ v
    added = scheme.values(weights, positions, positions)
    return out if added is None else out + added


# --8<-- [end:attend]


class TinyBlock(nn.Module):
    """One pre-norm layer: attention with positions, then a small network for each token.

    Args:
        dim: The size of a token vector.
        heads: Number of heads.

    >>> TinyBlock(8, 2)(torch.ones(1, 3, 8), PositionScheme(), torch.arange(3)).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor, scheme: PositionScheme, positions: Tensor) -> Tensor:
        """The token vectors after this layer."""
        heads = self.qkv(self.norm_1(x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        x = x + self.out(attend(q, k, v, scheme, positions).transpose(1, 2).flatten(-2))
        out: Tensor = x + self.mlp(self.norm_2(x))
        return out


@dataclass(frozen=True)
class BenchConfig:
    """The settings that all schemes share.

    Attributes:
        vocab: Number of tokens.
        back: How far back the token stands that is asked for.
        dim: The size of a token vector.
        heads: Number of heads.
        layers: Number of layers.
        length: The length trained with.
        batch: Texts in a step.
        steps: Steps of training.
        lr: The highest learning rate.

    >>> BenchConfig().length
    32
    """

    vocab: int = 16
    back: int = 3
    dim: int = 64
    heads: int = 4
    layers: int = 2
    length: int = 32
    batch: int = 32
    steps: int = 500
    lr: float = 3e-3

    def __post_init__(self) -> None:
        if self.heads < 1 or self.dim % self.heads:
            raise ValueError(f"expected dim {self.dim} to divide into heads, got {self.heads}")
        if not 0 <= self.back < self.length:
            raise ValueError(f"expected back from 0 to length {self.length} - 1, got {self.back}")


class TinyModel(nn.Module):
    """A causal attention model of a few thousand numbers; all layers share one position scheme.

    Args:
        scheme: Any position scheme.
        config: Sizes.

    >>> TinyModel(PositionScheme())(torch.zeros(1, 5, dtype=torch.long)).shape
    torch.Size([1, 5, 16])
    """

    def __init__(self, scheme: PositionScheme, config: BenchConfig | None = None) -> None:
        super().__init__()
        config = config or BenchConfig()
        self.tokens = nn.Embedding(config.vocab, config.dim)
        self.scheme = scheme
        self.blocks = nn.ModuleList(
            TinyBlock(config.dim, config.heads) for _ in range(config.layers)
        )
        self.head = nn.Sequential(nn.LayerNorm(config.dim), nn.Linear(config.dim, config.vocab))

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits for each token of `(batch, length)`; positions count from 0."""
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.scheme.embed(self.tokens(tokens), positions)
        for block in self.blocks:
            x = block(x, self.scheme, positions)
        out: Tensor = self.head(x)
        return out


# --8<-- [start:lookback]
def lookback(
    batch: int, length: int, vocab: int, back: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Random tokens, and for each the token `back` places before it; -100 where there is none.

    Args:
        batch: Number of texts.
        length: Tokens in each.
        vocab: Number of different tokens.
        back: How far back.
        generator: Where the random numbers come from.

    >>> tokens, targets = lookback(1, 5, 9, 2, torch.Generator().manual_seed(0))
    >>> bool((targets[0, 2:] == tokens[0, :3]).all()), targets[0, :2].tolist()
    (True, [-100, -100])
    """
    tokens = torch.randint(vocab, (batch, length), generator=generator)
    targets = tokens.roll(back, dims=1)
    targets[:, :back] = -100
    return tokens, targets


# --8<-- [end:lookback]


# --8<-- [start:train_tiny]
def train_tiny(scheme: PositionScheme, config: BenchConfig, seed: int = 0) -> TinyModel:
    """Train a model with this scheme on texts of one length. The data are the same for all schemes.

    Args:
        scheme: Any position scheme, fresh: its parameters are trained too.
        config: Sizes and steps.
        seed: For the data, and for the parameters outside the scheme.

    >>> model = train_tiny(PositionScheme(), BenchConfig(steps=1))
    """
    torch.manual_seed(seed)
    model = TinyModel(scheme, config)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), config.lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, config.steps + 1)
    for _ in range(config.steps):
        tokens, targets = lookback(
            config.batch, config.length, config.vocab, config.back, generator
        )
        loss = nn.functional.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        schedule.step()
    return model


# --8<-- [end:train_tiny]


# --8<-- [start:tail_accuracy]
@torch.no_grad()
def tail_accuracy(model: TinyModel, length: int, config: BenchConfig, batch: int = 64) -> float:
    """The share of right answers on the last 16 tokens of new texts of this length.

    Args:
        model: A trained model.
        length: The length of the texts.
        config: The settings it was trained with.
        batch: Number of texts.

    Raises:
        ValueError: If the texts are too short to ask 16 times, or longer than a learned table.

    >>> 0 <= tail_accuracy(TinyModel(PositionScheme()), 32, BenchConfig()) <= 1
    True
    """
    if length < 16 + config.back:
        raise ValueError(f"expected a length of at least {16 + config.back}, got {length}")
    generator = torch.Generator().manual_seed(length)
    tokens, targets = lookback(batch, length, config.vocab, config.back, generator)
    right = model(tokens)[:, -16:].argmax(-1) == targets[:, -16:]
    share: float = right.float().mean().item()
    return share


# --8<-- [end:tail_accuracy]
