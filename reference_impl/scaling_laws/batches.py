"""The gradient noise scale, and the trade of steps against tokens.

McCandlish et al., 2018, [*An empirical model of large-batch training*](https://arxiv.org/abs/1812.06162): section 2 and
appendix A. Their `B_simple` is `noise_scale`, their `B_crit` is `critical_batch`.
"""

from collections.abc import Sequence

# --8<-- [start:batches_imports]
import numpy as np
import torch
from torch.nn.functional import cross_entropy

# --8<-- [end:batches_imports]
from reference_impl.gpt import GPT
from reference_impl.scaling_laws.runs import CONTEXT
from reference_impl.scaling_laws.source import Language

__all__ = ["critical_batch", "gradient_norms", "noise_scale"]


# --8<-- [start:batches_noise]
def noise_scale(small: int, small_square: float, big: int, big_square: float) -> float:
    """Return the batch size at which the noise of the mean gradient is as large as the gradient.

    The expected squared norm of a batch's gradient is `|G|^2 + noise / batch`. Two batch sizes give
    both unknowns.

    Args:
        small: rows of the smaller batch.
        small_square: mean squared norm of its gradient.
        big: rows of the larger batch.
        big_square: mean squared norm of its gradient.

    Raises:
        ValueError: the sizes are not in order, or the norms leave no signal.

    Examples:
        >>> noise_scale(small=1, small_square=5.0, big=4, big_square=2.0)
        4.0
        >>> noise_scale(small=4, small_square=5.0, big=1, big_square=2.0)
        Traceback (most recent call last):
        ValueError: expected 0 < small < big, got 4 and 1
    """
    if not 0 < small < big:
        raise ValueError(f"expected 0 < small < big, got {small} and {big}")
    signal = (big * big_square - small * small_square) / (big - small)
    noise = (small_square - big_square) / (1 / small - 1 / big)
    if signal <= 0:
        raise ValueError(
            f"expected {big} rows to have more than {small}/{big} of the squared norm of {small} "
            f"rows, got {big_square} and {small_square}: average over more batches"
        )
    return noise / signal


# --8<-- [end:batches_noise]


def gradient_norms(
    model: GPT, language: Language, rows: int, batches: int, seed: int = 0
) -> list[float]:
    """Return the squared norm of the loss's gradient for several fresh batches.

    Args:
        model: its gradients are cleared, its weights stay.
        language: the source.
        rows: of 32 tokens in a batch.
        batches: how many.
        seed: of the text.

    Raises:
        ValueError: no row or no batch.

    Examples:
        >>> from reference_impl.scaling_laws.runs import small_gpt
        >>> len(gradient_norms(small_gpt(Language(), dim=8), Language(), rows=2, batches=3))
        3
    """
    if rows < 1 or batches < 1:
        raise ValueError(f"expected at least 1 row and 1 batch, got {rows} and {batches}")
    generator, found = torch.Generator().manual_seed(seed), []
    weights = list(model.parameters())
    for _ in range(batches):
        text = language.sample(rows, CONTEXT + 1, generator)
        loss = cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())
        gradients = torch.autograd.grad(loss, weights)
        found.append(sum(g.square().sum().item() for g in gradients))
    return found


# --8<-- [start:batches_critical]
def critical_batch(
    batches: "Sequence[float | int]", steps: "Sequence[float | int]"
) -> "tuple[float, float]":
    """Fit `steps = least_steps * (1 + critical / batch)` to runs that all reach one loss.

    Args:
        batches: batch sizes.
        steps: how many steps each run took.

    Returns:
        the critical batch size, in the unit of the batches, and the least number of steps.

    Raises:
        ValueError: fewer than two batch sizes, lengths differ, a number is not above 0, or steps
            do not fall as the batch grows.

    Examples:
        >>> critical_batch([10, 20, 40], [300, 200, 150])
        (20.0, 100.0)
    """
    if len(batches) != len(steps) or len(set(batches)) < 2:
        raise ValueError(
            f"expected as many steps as batches, two or more, got {len(steps)} and {len(batches)}"
        )
    if min(*batches, *steps) <= 0:
        raise ValueError(f"expected numbers above 0, got {list(batches)} and {list(steps)}")
    size, count = np.asarray(batches, float), np.asarray(steps, float)
    # Divided by the steps, so that each run's relative error counts alike.
    columns = np.stack([1 / count, 1 / (size * count)], axis=1)
    (least, least_tokens), *_ = np.linalg.lstsq(columns, np.ones(len(size)), rcond=None)
    if least <= 0 or least_tokens <= 0:
        raise ValueError(
            f"expected steps that fall towards a limit as the batch grows, got {list(steps)}"
        )
    return round(float(least_tokens / least), 6), round(float(least), 6)


# --8<-- [end:batches_critical]
