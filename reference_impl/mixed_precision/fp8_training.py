"""One short training run in FP8 and its parts: a small GPT on English."""

import torch
from jaxtyping import Int
from torch import Tensor

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.gpt.english import english
from reference_impl.mixed_precision.fp8_linear import Fp8Recipe, convert_linears

__all__ = ["english_gpt", "english_rows", "fp8_run"]

VOCAB, CONTEXT, ROWS = 300, 32, 16


def english_rows(count: int, seed: int) -> Int[Tensor, "count 16 33"]:
    """Return batches of rows of English, cut anywhere into 33 tokens.

    Args:
        count: batches.
        seed: which rows.

    Examples:
        >>> english_rows(2, seed=0).shape
        torch.Size([2, 16, 33])
    """
    _, ids = english(VOCAB, 60_000)
    generator = torch.Generator().manual_seed(seed)
    starts = torch.randint(len(ids) - CONTEXT, (count, ROWS, 1), generator=generator)
    return ids[starts + torch.arange(CONTEXT + 1)]


def english_gpt(seed: int, dim: int = 64) -> GPT:
    """Return a new GPT of one block for `english_rows`.

    Args:
        seed: of its weights.
        dim: its width, a multiple of 4.

    Examples:
        >>> english_gpt(seed=0).config.context
        32
    """
    config = GPTConfig.gpt2(
        vocab=VOCAB, context=CONTEXT, dim=dim, layers=1, heads=4, dropout=0.0, init_std=0.08
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPT(config)


def fp8_run(
    recipe: Fp8Recipe | None, seed: int, steps: int = 100, share: float = 1.0
) -> list[float]:
    """Train, and return the loss of each step in nats a token.

    Args:
        recipe: of the linear layers in the block, or `None` for float32. The output layer is in float32 in any case.
        seed: of weights and text, for all recipes the same.
        steps: of AdamW, each with 512 tokens.
        share: how much of a batch these tokens are. The gradient is that of a mean over the batch, so it is as much
            smaller. AdamW does not mind.

    Examples:
        >>> losses = fp8_run(Fp8Recipe("row"), seed=0, steps=2)
        >>> len(losses), losses[0] > losses[1]
        (2, True)
    """
    model = english_gpt(seed)
    if recipe is not None:
        convert_linears(model, recipe)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, eps=1e-15)
    losses = []
    for rows in english_rows(steps, seed):
        loss = model.loss(rows[:, :-1], rows[:, 1:])
        (loss * share).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses
