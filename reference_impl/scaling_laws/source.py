"""A language whose entropy is known exactly: a Markov source with rules about one, two and three tokens."""

import math

# --8<-- [start:source_imports]
import torch

# --8<-- [end:source_imports]
from jaxtyping import Float64, Int
from torch import Tensor

__all__ = ["Language"]


class Language:
    """A seeded Markov source. The next token comes from one of several rules, chosen anew each time.

    Rule 0 draws from a Zipf distribution. Rule `k` looks the last `k` tokens up in a table that was
    drawn once, by the seed, from the same distribution. So the rules about more tokens are more
    numerous, and most of their entries are rare.

    Args:
        vocab: number of tokens.
        weights: probability of each rule, from rule 0 on; their number is the order plus 1.
        seed: of the tables.

    Raises:
        ValueError: a size is too small, or the weights are no distribution with a positive first.

    Examples:
        >>> language = Language(vocab=24)
        >>> round(language.entropy_rate, 4)
        1.6238
        >>> Language(weights=(0.5, 0.6))
        Traceback (most recent call last):
        ValueError: expected weights above 0 that sum to 1, got (0.5, 0.6)
    """

    def __init__(
        self, vocab: int = 24, weights: tuple[float, ...] = (0.2, 0.2, 0.3, 0.3), seed: int = 0
    ) -> None:
        if vocab < 2 or len(weights) < 2:
            raise ValueError(
                f"expected at least 2 tokens and 2 weights, got {vocab} and {len(weights)}"
            )
        if min(weights) <= 0 or abs(sum(weights) - 1) > 1e-9:
            raise ValueError(f"expected weights above 0 that sum to 1, got {weights}")
        self.vocab, self.weights, self.order = vocab, weights, len(weights) - 1
        zipf = 1 / torch.arange(1, vocab + 1, dtype=torch.float64)
        self.zipf = zipf / zipf.sum()
        generator = torch.Generator().manual_seed(seed)
        self.tables = [
            torch.multinomial(self.zipf, vocab**k, replacement=True, generator=generator)
            for k in range(1, self.order + 1)
        ]
        self.probs = self._probs()
        self.stationary = self._stationary()

    # --8<-- [start:source_probs]
    def _probs(self) -> "torch.Tensor":
        """Return the probability of each token after each context, `(vocab,) * (order + 1)`."""
        context = (self.vocab,) * self.order
        probs = self.weights[0] * self.zipf.expand(*context, self.vocab)
        for k, table in enumerate(self.tables, 1):
            rule = torch.nn.functional.one_hot(table, self.vocab).double()
            known = (1,) * (self.order - k) + (self.vocab,) * k
            probs = probs + self.weights[k] * rule.view(*known, self.vocab)
        return probs

    def _stationary(self) -> "torch.Tensor":
        """Return the probability of each context, `(vocab,) * order`: what a step leaves as it is."""
        now = torch.full_like(self.probs[..., 0], self.vocab**-self.order)
        for _ in range(2000):
            after = (now[..., None] * self.probs).sum(0)
            if (after - now).abs().sum() < 1e-15:
                break
            now = after
        return after

    @property
    def entropy_rate(self) -> float:
        """Nats a token that no model can save, however large: the mean entropy of the next token."""
        return self.entropies()[-1]

    def entropies(self) -> list[float]:
        """Return the entropy of the next token in nats, with 0, 1, ... `order` tokens known."""
        joint, found = self.stationary[..., None] * self.probs, []
        for known in range(self.order + 1):
            seen = joint.sum(dim=tuple(range(self.order - known))) if known < self.order else joint
            given = seen / seen.sum(-1, keepdim=True)
            found.append(-(seen * given.log()).sum().item())
        return found

    # --8<-- [end:source_probs]

    def sample(
        self, rows: int, length: int, generator: torch.Generator | None = None
    ) -> Int[Tensor, "rows length"]:
        """Return rows of tokens, each from the stationary distribution on.

        Args:
            rows: how many.
            length: tokens in each, at least the order.
            generator: of random numbers; the global one by default.

        Raises:
            ValueError: fewer tokens than the order, or no row.

        Examples:
            >>> Language().sample(2, 5, torch.Generator().manual_seed(0)).shape
            torch.Size([2, 5])
        """
        if rows < 1 or length < self.order:
            raise ValueError(
                f"expected at least 1 row of {self.order} tokens, got {rows} of {length}"
            )
        first = torch.multinomial(self.stationary.flatten(), rows, True, generator=generator)
        ids = torch.empty(rows, length, dtype=torch.long)
        for k in range(self.order):
            ids[:, k] = first // self.vocab ** (self.order - 1 - k) % self.vocab
        count = rows * max(length, 1)
        rule = torch.multinomial(
            torch.tensor(self.weights, dtype=torch.float64), count, True, generator=generator
        ).view(length, rows)
        free = torch.multinomial(self.zipf, count, True, generator=generator).view(length, rows)
        for place in range(self.order, length):
            choices, context = [free[place]], torch.zeros(rows, dtype=torch.long)
            for k, table in enumerate(self.tables, 1):
                context = context + ids[:, place - k] * self.vocab ** (k - 1)
                choices.append(table[context])
            ids[:, place] = torch.stack(choices).gather(0, rule[place][None])[0]
        return ids

    def next_probs(self, ids: Int[Tensor, "..."]) -> Float64[Tensor, "rows places vocab"]:
        """Return the true distribution after each place that has a full context before it.

        Args:
            ids: tokens, `(rows, length)`. The first of the places is the one after `order` tokens.

        Raises:
            ValueError: not two dimensions, or fewer tokens than the order.
        """
        if ids.ndim != 2 or ids.shape[1] < self.order:
            raise ValueError(
                f"expected ids of shape (rows, length) with at least {self.order} tokens, "
                f"got {tuple(ids.shape)}"
            )
        last = ids.shape[1] - self.order + 1
        context = tuple(ids[:, k : k + last] for k in range(self.order))
        return self.probs[context]

    def uniform_loss(self) -> float:
        """Return the loss of a model that knows nothing, in nats a token."""
        return math.log(self.vocab)
