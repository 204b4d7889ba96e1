"""What to train: the best split of a budget, or what a given split costs, by a law of the loss.

Hoffmann et al., 2022, [*Training compute-optimal large language models*](https://arxiv.org/abs/2203.15556), equation 10;
Besiroglu et al., 2024, [*Chinchilla scaling: a replication attempt*](https://arxiv.org/abs/2404.10102), for the refitted
constants; Kaplan et al., 2020, [*Scaling laws for neural language models*](https://arxiv.org/abs/2001.08361), equation
1.5, for the older law.
"""

# --8<-- [start:planner_imports]
import math
from dataclasses import dataclass

import scipy  # its parts are imported at first use

# --8<-- [end:planner_imports]
from reference_impl.gpt import GPTConfig
from reference_impl.scaling_laws.fitting import ParametricLoss, Real
from reference_impl.scaling_laws.flops import matrix_parameters

__all__ = ["HOFFMANN", "REFITTED", "Plan", "kaplan_loss", "plan", "shape_for"]

# --8<-- [start:planner_laws]
HOFFMANN = ParametricLoss(floor=1.69, a=406.4, alpha=0.34, b=410.7, beta=0.28)  # as printed
REFITTED = ParametricLoss(floor=1.8172, a=482.01, alpha=0.3478, b=2085.43, beta=0.3658)
# --8<-- [end:planner_laws]


# --8<-- [start:planner_kaplan]
def kaplan_loss(size: "Real", tokens: "Real") -> float:
    """Return Kaplan's loss of a model trained on a *fixed* text until it would overfit.

    Args:
        size: parameters without embeddings.
        tokens: of the text, read as often as helps.

    Raises:
        ValueError: a number is not above 0.

    Examples:
        >>> round(kaplan_loss(1e9, 2.2e10), 2)
        2.37
    """
    if not (size > 0 and tokens > 0):
        raise ValueError(f"expected a size and tokens above 0, got {size} and {tokens}")
    of_size, of_text = 0.076, 0.103
    return float(((6.4e13 / size) ** (of_size / of_text) + 1.8e13 / tokens) ** of_text)


# --8<-- [end:planner_kaplan]


@dataclass(frozen=True)
class Plan:
    """A model and its text, and what a law expects of them.

    Attributes:
        size: parameters.
        tokens: to train on.
        loss: expected, in nats a token.
        best_size: the size that the same compute should have gone into.
        best_tokens: the tokens.
        best_loss: what it would have reached.
        enough: the least compute that reaches `loss`.

    Examples:
        >>> plan(REFITTED, size=1e9, tokens=1e9).waste > 0.5
        True
    """

    size: float
    tokens: float
    loss: float
    best_size: float
    best_tokens: float
    best_loss: float
    enough: float

    @property
    def compute(self) -> float:
        """Operations, `6 * size * tokens`."""
        return 6 * self.size * self.tokens

    @property
    def waste(self) -> float:
        """The share of the compute that a better split would have saved."""
        return 1 - self.enough / self.compute


# --8<-- [start:planner_plan]
def plan(
    law: "ParametricLoss",
    compute: "Real | None" = None,
    size: "Real | None" = None,
    tokens: "Real | None" = None,
) -> "Plan":
    """Plan a run. Give the compute alone for the best split, or any two of the three.

    Args:
        law: of the loss.
        compute: operations.
        size: parameters.
        tokens: to train on.

    Raises:
        ValueError: too few or too many are given, or one is not a number above 0.

    Examples:
        >>> best = plan(REFITTED, compute=5.76e23)
        >>> f"{best.size:.1e} parameters, {best.tokens:.1e} tokens, waste {best.waste:.0%}"
        '7.2e+10 parameters, 1.3e+12 tokens, waste 0%'
        >>> round(plan(REFITTED, size=280e9, tokens=300e9).waste, 2)
        0.5
        >>> plan(REFITTED, size=1e9)
        Traceback (most recent call last):
        ValueError: expected the compute alone, or two of compute, size and tokens; got size
    """
    given = {"compute": compute, "size": size, "tokens": tokens}
    known = {name: float(value) for name, value in given.items() if value is not None}
    if len(known) != 2 and list(known) != ["compute"]:
        raise ValueError(
            "expected the compute alone, or two of compute, size and tokens; got "
            + (" and ".join(known) or "none")
        )
    for name, value in known.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"expected {name} to be a number above 0, got {value}")
    if len(known) == 1:
        n, d = law.optimum(known["compute"])
    else:
        n = known["size"] if "size" in known else known["compute"] / 6 / known["tokens"]
        d = known["tokens"] if "tokens" in known else known["compute"] / 6 / n
    best = law.optimum(6 * n * d)
    loss = law(n, d)
    return Plan(n, d, loss, *best, law(*best), _enough(law, loss, 6 * n * d))


def _enough(law: "ParametricLoss", loss: float, compute: float) -> float:
    """Return the least compute that reaches a loss which `compute` reaches too."""

    def missing(log: float) -> float:
        return law(*law.optimum(math.exp(log))) - loss

    high = math.log(compute)
    if missing(high) >= -1e-12 * loss:  # the split is the best one
        return compute
    low = high
    while missing(low) < 0:
        low -= 1.0
    return math.exp(float(scipy.optimize.brentq(missing, low, high)))


# --8<-- [end:planner_plan]


def shape_for(
    size: Real, vocab: int, context: int, head_dim: int = 64, aspect: Real = 64
) -> GPTConfig:
    """Return a GPT config whose blocks have about `size` weights, `aspect` times as wide as deep.

    Args:
        size: wanted weights of the blocks, without embeddings.
        vocab: token ids.
        context: longest sequence.
        head_dim: width of a head; the width is a multiple of it.
        aspect: width over layers. 64 is that of GPT-2's smallest model.

    Raises:
        ValueError: a number is not above 0, or the size is less than one layer of one head.

    Examples:
        >>> config = shape_for(85e6, vocab=50_257, context=1024)
        >>> config.layers, config.dim, config.heads
        (12, 768, 12)
        >>> shape_for(1000, vocab=50_257, context=1024)
        Traceback (most recent call last):
        ValueError: expected a size of at least 49152, one layer of one head of 64, got 1000
    """
    least = 12 * head_dim**2
    if not aspect > 0 or size < least:
        raise ValueError(
            f"expected an aspect above 0, got {aspect}"
            if not aspect > 0
            else f"expected a size of at least {least}, one layer of one head of {head_dim}, got {size}"
        )
    heads = max(1, round((size * aspect / 12) ** (1 / 3) / head_dim))
    found = []
    for count in {max(1, heads - 1), heads, heads + 1}:
        layers = max(1, round(size / (least * count**2)))
        found.append(
            GPTConfig(
                vocab=vocab, context=context, dim=count * head_dim, layers=layers, heads=count
            )
        )
    return min(
        found,
        key=lambda c: (
            abs(math.log(matrix_parameters(c) / size))
            + 0.3 * abs(math.log(c.dim / c.layers / aspect))
        ),
    )
