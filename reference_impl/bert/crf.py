"""A linear-chain conditional random field: scores of whole tag sequences, their sum, and the best of them.

Lafferty, McCallum and Pereira, [*Conditional random fields*](https://repository.upenn.edu/handle/20.500.14332/6188),
2001; on top of a network: Lample et al., [*Neural architectures for named entity recognition*](https://arxiv.org/abs/1603.01360),
section 2.2. Their P are `emissions`, their A `transitions` with `start` and `end` apart.
"""

# --8<-- [start:crf_imports]
import torch

# --8<-- [end:crf_imports]
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from reference_impl.bert.tags import Allowed

__all__ = ["LinearChainCRF"]

IMPOSSIBLE = -1e4  # exp of it is 0, and unlike -inf it keeps gradients free of nan

Emissions = Float[Tensor, "batch length tags"]
Mask = Bool[Tensor, "..."]


# --8<-- [start:crf_forward]
def log_sum_of_paths(
    emissions: "torch.Tensor", mask: "torch.Tensor", start: "torch.Tensor",
    transitions: "torch.Tensor", end: "torch.Tensor",
) -> "torch.Tensor":  # fmt: skip  # five arguments in two lines
    """Return the logarithm of the sum of exp(score) over all paths: the forward algorithm.

    `total[tag]` is that sum over all paths so far that end with `tag`.
    """
    total = start + emissions[:, 0]
    for at in range(1, emissions.shape[1]):
        # (batch, from, 1) + (from, to), summed over where a path came from
        grown = (total[:, :, None] + transitions).logsumexp(1) + emissions[:, at]
        total = torch.where(mask[:, at, None], grown, total)  # past the end nothing is added
    return (total + end).logsumexp(1)


# --8<-- [end:crf_forward]


# --8<-- [start:crf_viterbi]
def best_paths(
    emissions: "torch.Tensor", mask: "torch.Tensor", start: "torch.Tensor",
    transitions: "torch.Tensor", end: "torch.Tensor",
) -> "list[list[int]]":  # fmt: skip  # five arguments in two lines
    """Return the path of the highest score for each row: Viterbi.

    The same recursion with a maximum for the sum; `came_from` remembers where each maximum was.
    """
    best = start + emissions[:, 0]
    came_from = []
    for at in range(1, emissions.shape[1]):
        value, origin = (best[:, :, None] + transitions).max(1)
        best = torch.where(mask[:, at, None], value + emissions[:, at], best)
        came_from.append(origin)
    paths = []
    for row, length in enumerate(mask.sum(1).tolist()):
        path = [int((best[row] + end).argmax())]
        for origin in reversed(came_from[: length - 1]):
            path.append(int(origin[row, path[-1]]))
        paths.append(path[::-1])
    return paths


# --8<-- [end:crf_viterbi]


class LinearChainCRF(nn.Module):
    """Scores sequences of tags: one number for each word and tag, one for each pair of neighbours.

    Args:
        tags: how many tags there are.
        allowed: which tags may follow each other, and stand first and last. What is not allowed has
            probability 0, in training and in decoding. By default all is.

    Attributes:
        transitions: the score of tag j after tag i is `[i, j]`, `(tags, tags)`.
        start: the score of each tag as the first, `(tags,)`.
        end: the score of each tag as the last, `(tags,)`.

    Raises:
        ValueError: `tags` is less than 1, or `allowed` is for another number of tags.

    Examples:
        >>> crf = LinearChainCRF(2)
        >>> emissions = torch.tensor([[[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]]])
        >>> crf.viterbi(emissions)
        [[0, 1, 1]]
        >>> with torch.no_grad():  # a tag 1 after a tag 0 costs 5
        ...     crf.transitions[0, 1] = -5.0
        >>> crf.viterbi(emissions)
        [[0, 0, 0]]
    """

    allowed_transitions: Tensor
    allowed_starts: Tensor
    allowed_ends: Tensor

    def __init__(self, tags: int, allowed: Allowed | None = None) -> None:
        super().__init__()
        if tags < 1:
            raise ValueError(f"expected at least 1 tag, got {tags}")
        if allowed is not None and len(allowed.starts) != tags:
            raise ValueError(f"expected constraints for {tags} tags, got {len(allowed.starts)}")
        self.tags = tags
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))
        free = torch.ones(tags, tags, dtype=torch.bool)
        between, first, last = allowed or Allowed(free, free[0], free[0])
        self.register_buffer("allowed_transitions", between.clone(), persistent=False)
        self.register_buffer("allowed_starts", first.clone(), persistent=False)
        self.register_buffer("allowed_ends", last.clone(), persistent=False)

    # --8<-- [start:crf_constrained]
    def constrained(self) -> "tuple[torch.Tensor, torch.Tensor, torch.Tensor]":
        """Return `start`, `transitions` and `end` with `IMPOSSIBLE` where a tag may not stand."""
        return (
            self.start.masked_fill(~self.allowed_starts, IMPOSSIBLE),
            self.transitions.masked_fill(~self.allowed_transitions, IMPOSSIBLE),
            self.end.masked_fill(~self.allowed_ends, IMPOSSIBLE),
        )

    # --8<-- [end:crf_constrained]

    def _check(
        self, emissions: Tensor, mask: Tensor | None, tags: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return emissions of at least 32 bits, and the mask; raise where something does not fit."""
        if emissions.ndim != 3 or emissions.shape[-1] != self.tags or emissions.shape[1] < 1:
            raise ValueError(
                f"expected emissions of shape (batch, length, {self.tags}) with a length of at "
                f"least 1, got {tuple(emissions.shape)}"
            )
        if mask is None:
            mask = torch.ones(emissions.shape[:2], dtype=torch.bool, device=emissions.device)
        for name, other in (("mask", mask), ("tags", tags)):
            if other is not None and other.shape != emissions.shape[:2]:
                raise ValueError(
                    f"expected {name} of shape {tuple(emissions.shape[:2])}, the words of "
                    f"emissions, got {tuple(other.shape)}"
                )
        check_mask(mask)
        return emissions.float() if emissions.dtype.itemsize < 4 else emissions, mask

    def path_score(
        self,
        emissions: Float[Tensor, "..."],
        tags: Int[Tensor, "..."],
        mask: Mask | None = None,
    ) -> Float[Tensor, " batch"]:
        """Return the score of the given path in each row: what it emits, and its transitions.

        Args:
            emissions: the score of each tag at each word, `(batch, length, tags)`.
            tags: the path, `(batch, length)`. What stands at filler is not looked at.
            mask: `True` at words, `False` at filler, `(batch, length)`; filler is on the right.

        Raises:
            ValueError: a shape does not fit, a row has no word or filler before a word, a tag is
                out of range, or the path is one that the constraints do not allow.
        """
        emissions, mask = self._check(emissions, mask, tags)
        tags = tags.masked_fill(~mask, 0)
        low, high = (int(value) for value in tags.aminmax()) if tags.numel() else (0, 0)
        if low < 0 or high >= self.tags:
            raise ValueError(
                f"expected tags from 0 to {self.tags - 1}, got {low if low < 0 else high}"
            )
        start, transitions, end = self.constrained()
        emitted = emissions.gather(2, tags[:, :, None])[:, :, 0]
        moves = transitions[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1)[:, 0]
        self._check_path(tags, last, mask)
        total = (emitted * mask).sum(1) + (moves * mask[:, 1:]).sum(1)
        return start[tags[:, 0]] + total + end[last]

    def _check_path(self, tags: Tensor, last: Tensor, mask: Tensor) -> None:
        forbidden = ~self.allowed_transitions[tags[:, :-1], tags[:, 1:]] & mask[:, 1:]
        if forbidden.any():
            row, at = (int(value) for value in forbidden.nonzero()[0])
            raise ValueError(
                f"expected tags that the constraints allow, got {int(tags[row, at + 1])} after "
                f"{int(tags[row, at])} in row {row} at place {at + 1}"
            )
        for what, allowed, edge in (
            ("first", self.allowed_starts, tags[:, 0]),
            ("last", self.allowed_ends, last),
        ):
            if not allowed[edge].all():
                row = int((~allowed[edge]).nonzero()[0])
                raise ValueError(
                    f"expected tags that the constraints allow, got {int(edge[row])} as the "
                    f"{what} of row {row}"
                )

    def log_partition(
        self, emissions: Float[Tensor, "..."], mask: Mask | None = None
    ) -> Float[Tensor, " batch"]:
        """Return the logarithm of the sum of exp(score) over all paths.

        Args:
            emissions: the score of each tag at each word, `(batch, length, tags)`.
            mask: `True` at words, `False` at filler, `(batch, length)`.

        Raises:
            ValueError: a shape does not fit, or a row has no word or filler before a word.
        """
        emissions, mask = self._check(emissions, mask)
        return log_sum_of_paths(emissions, mask, *self.constrained())

    # --8<-- [start:crf_loss]
    def forward(
        self, emissions: "torch.Tensor", tags: "torch.Tensor", mask: "torch.Tensor | None" = None
    ) -> "torch.Tensor":
        """Return the negative log-likelihood of the given path of each row, `(batch,)`.

        Arguments and errors are those of `path_score`.
        """
        return self.log_partition(emissions, mask) - self.path_score(emissions, tags, mask)

    # --8<-- [end:crf_loss]

    @torch.no_grad()
    def viterbi(self, emissions: Float[Tensor, "..."], mask: Mask | None = None) -> list[list[int]]:
        """Return the best path of each row, without its filler.

        Args:
            emissions: the score of each tag at each word, `(batch, length, tags)`.
            mask: `True` at words, `False` at filler, `(batch, length)`.

        Raises:
            ValueError: a shape does not fit, or a row has no word or filler before a word.
        """
        emissions, mask = self._check(emissions, mask)
        return best_paths(emissions, mask, *self.constrained())

    def marginals(self, emissions: Float[Tensor, "..."], mask: Mask | None = None) -> Emissions:
        """Return the probability of each tag at each word, over all paths; 0 at filler.

        It is the gradient of `log_partition` with respect to the emissions.

        Args:
            emissions: the score of each tag at each word, `(batch, length, tags)`.
            mask: `True` at words, `False` at filler, `(batch, length)`.

        Raises:
            ValueError: a shape does not fit, or a row has no word or filler before a word.
        """
        with torch.enable_grad():
            leaf = emissions.detach().requires_grad_()
            return torch.autograd.grad(self.log_partition(leaf, mask).sum(), leaf)[0]


def check_mask(mask: Tensor) -> None:
    """Raise where a row of a mask has no word, or filler before a word."""
    empty = ~mask.any(1)
    if empty.any():
        raise ValueError(
            f"expected a word in each row of the mask, got row {int(empty.nonzero()[0])} of filler"
        )
    holes = (mask[:, 1:] & ~mask[:, :-1]).any(1)
    if holes.any():
        raise ValueError(
            f"expected words first and filler after them, got filler before a word in row "
            f"{int(holes.nonzero()[0])} of the mask"
        )
