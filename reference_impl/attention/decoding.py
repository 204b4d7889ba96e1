"""From logits to tokens: greedy, sampling with its warpers, and beam search.

The warpers are those of Hugging Face's `generate`. Top-p: Holtzman et al., [*The curious case of neural text
degeneration*](https://arxiv.org/abs/1904.09751), section 3.1. A token that may not be chosen has the logit minus
infinity, so the functions chain in any order.
"""

# --8<-- [start:decoding_imports]
import math
from collections.abc import Callable
from typing import NamedTuple

import torch

# --8<-- [end:decoding_imports]
from jaxtyping import Float, Int
from torch import Tensor

__all__ = [
    "Hypothesis",
    "beam_search",
    "generate",
    "greedy",
    "sample",
    "temperature",
    "top_k",
    "top_p",
]


# --8<-- [start:decoding_check]
def _check(logits: torch.Tensor) -> None:
    if logits.ndim < 1 or logits.shape[-1] == 0 or not logits.is_floating_point():
        raise ValueError(
            "expected floating logits of shape (..., vocab) with vocab at least 1, "
            f"got {logits.dtype} of shape {tuple(logits.shape)}"
        )


# --8<-- [end:decoding_check]


def temperature(logits: Float[Tensor, "..."], value: float) -> Float[Tensor, "..."]:
    """Return the logits divided by `value`: below 1 the distribution is sharper, above 1 flatter.

    Args:
        logits: of shape `(..., vocab)`.
        value: the temperature, more than 0. For the limit 0 there is `greedy`.

    Raises:
        ValueError: `value` is not a positive finite number, or there are no logits.

    Examples:
        >>> temperature(torch.tensor([1.0, 2.0]), 0.5)
        tensor([2., 4.])
    """
    _check(logits)
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"expected a finite temperature of more than 0, got {value}")
    return logits / value


# --8<-- [start:decoding_top_k]
def top_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Return the logits with all below the `k`-th largest of their row set to minus infinity.

    Ties with the `k`-th stay, so more than `k` may be left. A `k` beyond the vocabulary keeps all.

    Args:
        logits: of shape `(..., vocab)`.
        k: how many to keep, at least 1.

    Raises:
        ValueError: `k` is less than 1, or there are no logits.

    Examples:
        >>> top_k(torch.tensor([3.0, 1.0, 2.0, 2.0]), 2)
        tensor([3., -inf, 2., 2.])
    """
    _check(logits)
    if k < 1:
        raise ValueError(f"expected k of at least 1, got {k}")
    smallest = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < smallest, -math.inf)


# --8<-- [end:decoding_top_k]


# --8<-- [start:decoding_top_p]
def top_p(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Return the logits of the fewest most likely tokens that hold `p`; the rest is minus infinity.

    The most likely token stays whatever `p` is. Of tokens that tie at the border, those that the
    sort puts last stay.

    Args:
        logits: of shape `(..., vocab)`.
        p: probability that the tokens left must reach together, in (0, 1].

    Raises:
        ValueError: `p` is outside (0, 1], or there are no logits.

    Examples:
        >>> top_p(torch.tensor([0.5, 0.1, 0.4]).log(), 0.8).exp()
        tensor([0.5000, 0.0000, 0.4000])
    """
    _check(logits)
    if not 0 < p <= 1:
        raise ValueError(f"expected p in (0, 1], got {p}")
    ordered, order = logits.sort()  # the least likely first
    tail = ordered.softmax(-1).cumsum(-1)
    remove = tail <= 1 - p  # what can go while at least p stays
    remove[..., -1] = False
    return logits.masked_fill(remove.scatter(-1, order, remove), -math.inf)


# --8<-- [end:decoding_top_p]


def greedy(logits: Float[Tensor, "..."]) -> Int[Tensor, "..."]:
    """Return the most likely token of each row.

    Args:
        logits: of shape `(..., vocab)`.

    Raises:
        ValueError: there are no logits.

    Examples:
        >>> greedy(torch.tensor([[1.0, 3.0], [2.0, 0.0]]))
        tensor([1, 0])
    """
    _check(logits)
    return logits.argmax(-1)


def sample(
    logits: Float[Tensor, "..."], generator: torch.Generator | None = None
) -> Int[Tensor, "..."]:
    """Return a token for each row, drawn with the probabilities `softmax(logits)`.

    Args:
        logits: of shape `(..., vocab)`.
        generator: source of randomness; PyTorch's default one if `None`.

    Raises:
        ValueError: a row has no finite logit, or holds nan or infinity, or there are no logits.

    Examples:
        >>> sample(torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]]))
        tensor([0, 1])
    """
    _check(logits)
    rows = logits.reshape(-1, logits.shape[-1])
    largest = rows.amax(-1)  # nan if any is
    if not bool(largest.isfinite().all()):
        row = int((~largest.isfinite()).nonzero()[0])
        raise ValueError(
            "expected each row of logits to have a finite maximum, "
            f"got {float(largest[row])} in row {row}"
        )
    drawn = torch.multinomial(rows.softmax(-1), 1, generator=generator)
    return drawn.reshape(logits.shape[:-1])


def _check_run(max_new_tokens: int, prompt: Tensor, ndim: int) -> None:
    if max_new_tokens < 0:
        raise ValueError(f"expected max_new_tokens of at least 0, got {max_new_tokens}")
    if prompt.ndim != ndim or prompt.shape[-1] == 0 or prompt.dtype != torch.long:
        shape = "(length,)" if ndim == 1 else "(batch, length)"
        raise ValueError(
            f"expected int64 ids of shape {shape}, at least one token long, "
            f"got {prompt.dtype} of shape {tuple(prompt.shape)}"
        )


def _checked(made: Tensor, rows: int, what: str) -> Tensor:
    if made.ndim != 2 or made.shape[0] != rows:
        raise ValueError(f"expected {what} of shape ({rows}, vocab), got {tuple(made.shape)}")
    return made


def generate(
    next_logits: Callable[[Tensor], Tensor],
    prompt: Int[Tensor, "..."],
    max_new_tokens: int,
    stop: int | None = None,
    choose: Callable[[Tensor], Tensor] = greedy,
    pad: int | None = None,
) -> Int[Tensor, "batch length"]:
    """Return the prompts, continued token by token until each row has stopped.

    Args:
        next_logits: takes ids `(batch, length)`, returns the logits `(batch, vocab)` of what follows.
        prompt: ids to continue, `(batch, length)`.
        max_new_tokens: how many tokens to add at most.
        stop: token that ends a row; it is part of the row.
        choose: takes logits `(batch, vocab)`, returns a token for each row.
        pad: what a finished row is filled with while others go on; `stop` by default.

    Returns:
        Prompt and new tokens. Shorter than it might be if all rows stopped.

    Raises:
        ValueError: `prompt` or what `next_logits` or `choose` returns has the wrong shape,
            `max_new_tokens` is negative, or `pad` is given without `stop`.

    Examples:
        >>> count_up = lambda ids: torch.eye(5)[(ids[:, -1] + 1).clamp(max=4)]
        >>> generate(count_up, torch.tensor([[0], [2]]), 10, stop=4, pad=-1)
        tensor([[ 0,  1,  2,  3,  4],
                [ 2,  3,  4, -1, -1]])
    """
    _check_run(max_new_tokens, prompt, 2)
    if pad is not None and stop is None:
        raise ValueError(f"expected stop where pad is given, got pad={pad} and stop=None")
    pad = stop if pad is None else pad
    ids, running = prompt, torch.ones(len(prompt), dtype=torch.bool, device=prompt.device)
    for _ in range(max_new_tokens):
        token = choose(_checked(next_logits(ids), len(ids), "next logits"))
        if token.shape != running.shape:
            raise ValueError(
                f"expected one chosen token a row, ({len(ids)},), got {tuple(token.shape)}"
            )
        if pad is not None:
            token = torch.where(running, token, pad)
        ids = torch.cat((ids, token[:, None]), dim=1)
        if stop is not None:
            running = running & (token != stop)
            if not bool(running.any()):
                break
    return ids


class Hypothesis(NamedTuple):
    """A sequence found by beam search.

    Attributes:
        ids: start and new tokens, the stop token included.
        score: log-probability of the new tokens, over their number to the power `length_penalty`.

    Examples:
        >>> Hypothesis([1, 5, 2], -0.5).ids
        [1, 5, 2]
    """

    ids: list[int]
    score: float


def beam_search(
    next_log_probs: Callable[[Tensor], Tensor],
    start: Int[Tensor, "..."],
    beams: int,
    max_new_tokens: int,
    stop: int | None = None,
    length_penalty: float = 1.0,
) -> list[Hypothesis]:
    """Return the best sequences that a search with `beams` open sequences finds, best first.

    At each step every open sequence is continued with every token. The best `2 * beams` are looked
    at: those among the first `beams` that end are kept as finished, the best `beams` of the others
    stay open. The search ends when no open sequence can beat the worst of `beams` finished ones.
    These are the rules of Hugging Face's `generate` with `early_stopping="never"`. With as many
    beams as there are sequences, the result is exact.

    Args:
        next_log_probs: takes ids `(n, length)`, returns log-probabilities `(n, vocab)`.
        start: ids to continue, `(length,)`.
        beams: how many sequences stay open, at least 1.
        max_new_tokens: how many tokens to add at most; what is still open then counts as finished.
        stop: token that ends a sequence.
        length_penalty: exponent of the number of new tokens by which a log-probability is divided.
            0 compares plain log-probabilities; above 0 longer sequences gain.

    Returns:
        At most `beams` sequences; those of probability 0 are left out.

    Raises:
        ValueError: `beams` or `max_new_tokens` is less than 1, a shape is wrong, or a
            log-probability is more than 0 or nan.

    Examples:
        >>> table = torch.tensor([[0.6, 0.4], [0.5, 0.5]]).log()
        >>> best = beam_search(lambda ids: table[ids[:, -1]], torch.tensor([0]), 2, 3)
        >>> best[0].ids
        [0, 0, 0, 0]
    """
    if beams < 1 or max_new_tokens < 1:
        raise ValueError(
            f"expected beams and max_new_tokens of at least 1, got {beams} and {max_new_tokens}"
        )
    _check_run(max_new_tokens, start, 1)
    ids, sums = start[None], torch.zeros(1, device=start.device)
    finished: list[Hypothesis] = []
    for length in range(1, max_new_tokens + 1):
        log_probs = _checked(next_log_probs(ids), len(ids), "next log-probabilities")
        if not bool((log_probs <= 1e-4).all()):  # rounding may leave them a little above 0
            raise ValueError(f"expected log-probabilities of at most 0, got {log_probs.max()}")
        # --8<-- [start:decoding_beam_step]
        every = sums[:, None] + log_probs  # (open, vocab)
        best, where = every.flatten().topk(min(2 * beams, every.numel()))
        row, token = where // every.shape[1], where % every.shape[1]
        ids = torch.cat((ids[row], token[:, None]), dim=1)
        possible = best > -math.inf
        ended = token == stop if stop is not None else torch.zeros_like(possible)
        # --8<-- [end:decoding_beam_step]
        if length == max_new_tokens:
            ended = torch.ones_like(ended)
        kept = (ended & possible)[:beams].nonzero().flatten().tolist()
        finished += [
            Hypothesis(ids[i].tolist(), float(best[i]) / length**length_penalty) for i in kept
        ]
        finished = sorted(finished, key=lambda found: -found.score)[:beams]
        still_open = (~ended & possible).nonzero().flatten()[:beams]
        ids, sums = ids[still_open], best[still_open]
        if not len(ids):
            break
        # A sum only falls. A positive penalty forgives most at the greatest length, a negative at the next.
        longest = max_new_tokens if length_penalty > 0 else length + 1
        if (
            len(finished) == beams
            and float(sums[0]) / longest**length_penalty <= finished[-1].score
        ):
            break
    return finished
