"""One training run on a `Language`, and its loss above the floor."""

from typing import Any

# --8<-- [start:runs_imports]
import torch
from torch.nn.functional import cross_entropy, log_softmax

# --8<-- [end:runs_imports]
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.scaling_laws.mup import MuGPT
from reference_impl.scaling_laws.source import Language

__all__ = ["CONTEXT", "excess_loss", "small_gpt", "train_run"]

CONTEXT = 32


def small_gpt(
    language: Language, dim: int, layers: int = 2, mup: bool = True, seed: int = 0
) -> GPT:
    """Return a new GPT for a language, with heads of 8 numbers and a context of 32 tokens.

    Args:
        language: whose vocabulary it has.
        dim: width, a multiple of 8.
        layers: blocks.
        mup: whether it follows the width as in `MuGPT`.
        seed: of its weights.

    Raises:
        ValueError: the width is not a multiple of 8.

    Examples:
        >>> type(small_gpt(Language(), dim=16)).__name__
        'MuGPT'
        >>> small_gpt(Language(), dim=12)
        Traceback (most recent call last):
        ValueError: expected a width that is a multiple of 8, got 12
    """
    if dim < 8 or dim % 8:
        raise ValueError(f"expected a width that is a multiple of 8, got {dim}")
    config = GPTConfig(
        vocab=language.vocab, context=CONTEXT, dim=dim, layers=layers, heads=dim // 8, init_std=0.1
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MuGPT(config) if mup else GPT(config)


# --8<-- [start:runs_train]
def train_run(
    model: "GPT",
    language: "Language",
    tokens: int,
    rate: float = 0.015,
    rows: int = 32,
    seed: int = 0,
) -> int:
    """Train on fresh text: no token is seen twice. A warm-up of a tenth, then linear decay to 0.

    Args:
        model: is changed.
        language: the source.
        tokens: how many the model sees.
        rate: highest learning rate; that of the base width if the model is a `MuGPT`.
        rows: of 32 tokens in a batch.
        seed: of the text.

    Returns:
        the number of steps.

    Raises:
        ValueError: the tokens do not fill one batch.

    Examples:
        >>> language = Language()
        >>> train_run(small_gpt(language, dim=8), language, tokens=2048)
        2
    """
    steps = tokens // (rows * CONTEXT)
    if steps < 1:
        raise ValueError(f"expected tokens for a batch of {rows * CONTEXT}, got {tokens}")
    optimizer = _adam(model, rate)
    highest = [group["lr"] for group in optimizer.param_groups]
    generator = torch.Generator().manual_seed(1000 + seed)
    warm = max(1, steps // 10)
    for step in range(steps):
        part = step % 64
        if part == 0:
            text = language.sample(64 * rows, CONTEXT + 1, generator)
        batch = text[part * rows : (part + 1) * rows]
        share = min((step + 1) / warm, (steps - step) / max(1, steps - warm))
        for group, lr in zip(optimizer.param_groups, highest, strict=True):
            group["lr"] = lr * share
        take_step(model, optimizer, batch)
    return steps


# --8<-- [end:runs_train]


def take_step(model: GPT, optimizer: torch.optim.Optimizer, batch: torch.Tensor) -> None:
    """Take one step on a batch, `(rows, length + 1)`, with the gradient's norm clipped to 1."""
    logits = model(batch[:, :-1])
    loss = cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def _adam(model: GPT, rate: float) -> torch.optim.Optimizer:
    groups: Any = model.groups(rate) if isinstance(model, MuGPT) else model.parameters()
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


# --8<-- [start:runs_excess]
@torch.no_grad()
def excess_loss(model: "GPT", language: "Language", rows: int = 1024) -> float:
    """Return how many nats a token the model's loss lies above the entropy of the language.

    No target is drawn: the model's distribution is compared with the true one, at each place of
    fixed held-out rows that has a full context. So the number is never below 0.

    Args:
        model: is not changed.
        language: the source.
        rows: of 32 tokens.

    Raises:
        ValueError: fewer than 1 row.

    Examples:
        >>> language = Language()
        >>> 1 < excess_loss(small_gpt(language, dim=8), language, rows=64) < 4
        True
    """
    ids = language.sample(rows, CONTEXT, torch.Generator().manual_seed(999))
    guess = log_softmax(model(ids).double(), -1)[:, language.order - 1 :]
    true = language.next_probs(ids)
    return (true * (true.log() - guess)).sum(-1).mean().item()


# --8<-- [end:runs_excess]
