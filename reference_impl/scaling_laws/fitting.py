"""Power laws and the parametric loss, fitted, with bootstrap intervals.

Hoffmann et al., 2022, [*Training compute-optimal large language models*](https://arxiv.org/abs/2203.15556), section 3.3
and appendix D: the form, and the Huber loss on logarithms. Their `L(N, D)` has our names. Besiroglu et al., 2024,
[*Chinchilla scaling: a replication attempt*](https://arxiv.org/abs/2404.10102), is why sums, not means, are minimised.
"""

from collections.abc import Callable, Sequence

# --8<-- [start:fitting_imports]
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported at first use

# --8<-- [end:fitting_imports]

__all__ = [
    "ParametricLoss",
    "PowerLaw",
    "bootstrap",
    "fit_parametric",
    "fit_power_law",
    "isoflop_minimum",
]

Real = float | int | np.integer
Numbers = Sequence[float] | Sequence[int] | Sequence[float | int] | np.ndarray


@dataclass(frozen=True)
class PowerLaw:
    """`y = scale * x ** exponent`.

    Attributes:
        scale: the value at `x = 1`.
        exponent: the slope on two logarithmic axes.

    Examples:
        >>> PowerLaw(scale=8.0, exponent=-0.5)(4)
        4.0
    """

    scale: float
    exponent: float

    def __call__(self, x: Real) -> float:
        """Return the law's value."""
        return float(self.scale * x**self.exponent)


@dataclass(frozen=True)
class ParametricLoss:
    """`loss = floor + a / size ** alpha + b / tokens ** beta`, Hoffmann's third approach.

    Attributes:
        floor: the loss of an endless model with endless text, in nats a token.
        a: scale of what a finite model costs.
        alpha: how fast that falls.
        b: scale of what finite text costs.
        beta: how fast that falls.

    Examples:
        >>> law = ParametricLoss(floor=1.0, a=8.0, alpha=0.5, b=8.0, beta=0.5)
        >>> law(16, 64)
        4.0
        >>> law.optimum(compute=6 * 100 * 100)
        (100.0, 100.0)
    """

    floor: float
    a: float
    alpha: float
    b: float
    beta: float

    # --8<-- [start:fitting_loss]
    def __call__(self, size: "Real", tokens: "Real") -> float:
        """Return the loss of a model of that size after that many tokens."""
        return float(self.floor + self.a / size**self.alpha + self.b / tokens**self.beta)

    @property
    def size_exponent(self) -> float:
        """The power of compute with which the best size grows."""
        return self.beta / (self.alpha + self.beta)

    def optimum(self, compute: "Real") -> tuple[float, float]:
        """Return the size and the tokens with the lowest loss, where `compute = 6 * size * tokens`.

        Raises:
            ValueError: the compute is not above 0.
        """
        _positive("compute", [float(compute)])
        ratio = (self.alpha * self.a / (self.beta * self.b)) ** (1 / (self.alpha + self.beta))
        size = ratio * (compute / 6) ** self.size_exponent
        return float(size), float(compute / 6 / size)

    # --8<-- [end:fitting_loss]


def _positive(name: str, values: Numbers) -> np.ndarray:
    found = np.asarray(values, float)
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise ValueError(f"expected {name} above 0, got {found.tolist()}")
    return found


def _columns(least: int, **given: Numbers) -> list[np.ndarray]:
    columns = [_positive(name, values) for name, values in given.items()]
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"expected as many of each, got {lengths}")
    if len(columns[0]) < least:
        raise ValueError(f"expected at least {least} points, got {len(columns[0])}")
    return columns


def fit_power_law(x: Numbers, y: Numbers) -> PowerLaw:
    """Fit a straight line to the logarithms.

    Args:
        x: at least two different values above 0.
        y: as many values above 0: a loss *above its floor*, or an optimum.

    Raises:
        ValueError: lengths differ, too few points, a value is not above 0, or all `x` are equal.

    Examples:
        >>> law = fit_power_law([1, 10, 100], [8, 4, 2])
        >>> round(law.exponent, 3), round(law(1000), 6)
        (-0.301, 1.0)
        >>> fit_power_law([1, 10], [0.5, 0.0])
        Traceback (most recent call last):
        ValueError: expected y above 0, got [0.5, 0.0]
    """
    xs, ys = _columns(2, x=x, y=y)
    if len(set(xs.tolist())) < 2:
        raise ValueError(f"expected different values of x, got {xs.tolist()}")
    exponent, constant = np.polyfit(np.log(xs), np.log(ys), 1)
    return PowerLaw(scale=float(np.exp(constant)), exponent=float(exponent))


# --8<-- [start:fitting_parametric]
def fit_parametric(
    sizes: "Numbers",
    tokens: "Numbers",
    losses: "Numbers",
    floor: "float | None" = None,
    delta: float = 1e-3,
    start: "ParametricLoss | None" = None,
) -> "ParametricLoss":
    """Fit Hoffmann's form by a Huber loss on logarithms, from several starts.

    Args:
        sizes: parameters of each model.
        tokens: how many each was trained on.
        losses: what each reached, in nats a token.
        floor: of the loss, where it is known; fitted otherwise.
        delta: errors of the logarithm beyond it count linearly.
        start: where to begin, in place of four starts of our own: for fits that are nearly alike.

    Raises:
        ValueError: lengths differ, fewer points than unknowns, fewer than three sizes or amounts of
            text, a value is not above 0, or a loss is not above the given floor.

    Examples:
        >>> true = ParametricLoss(floor=1.0, a=8.0, alpha=0.5, b=20.0, beta=0.4)
        >>> grid = [(n, d) for n in (100, 1000, 10_000) for d in (1e4, 1e5, 1e6)]
        >>> fit = fit_parametric(*zip(*grid), [true(n, d) for n, d in grid])
        >>> round(fit.floor, 3), round(fit.alpha, 3), round(fit.beta, 3)
        (1.0, 0.5, 0.4)
    """
    size, text, loss = _columns(4 + (floor is None), sizes=sizes, tokens=tokens, losses=losses)
    _check_grid(size, text, loss, floor)
    log_size, log_text = np.log(size), np.log(text)
    middle = log_size.mean(), log_text.mean()  # there the scales are of the size of a loss

    def terms(x: np.ndarray) -> np.ndarray:
        of_size = np.exp(x[0] - np.exp(x[1]) * (log_size - middle[0]))
        of_text = np.exp(x[2] - np.exp(x[3]) * (log_text - middle[1]))
        rest = np.exp(x[4]) if floor is None else floor
        return np.stack([of_size, of_text, np.full_like(of_size, rest)])

    def errors(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.log(terms(x).sum(0)) - np.log(loss))

    def slopes(x: np.ndarray) -> np.ndarray:
        of_size, of_text, rest = terms(x) / terms(x).sum(0)
        by_alpha = -of_size * np.exp(x[1]) * (log_size - middle[0])
        by_beta = -of_text * np.exp(x[3]) * (log_text - middle[1])
        return np.stack([of_size, by_alpha, of_text, by_beta, rest][: len(x)], axis=1)

    above = np.log((loss.mean() - (loss.min() * 0.9 if floor is None else floor)) / 5)
    powers = np.log([0.3, 0.8])
    starts = [[above, p, above, q, np.log(loss.min() * 0.8)] for p in powers for q in powers]
    if start is not None:
        of_size, of_text = (
            np.log(start.a) - start.alpha * middle[0],
            np.log(start.b) - start.beta * middle[1],
        )
        starts = [[of_size, np.log(start.alpha), of_text, np.log(start.beta), np.log(start.floor)]]
    found = [
        scipy.optimize.least_squares(
            errors,
            s[: 4 + (floor is None)],
            slopes,
            loss="huber",
            f_scale=delta,
            bounds=(-60.0, [30.0, 1.5, 30.0, 1.5, 30.0][: 4 + (floor is None)]),
        )
        for s in starts
    ]
    x = min(found, key=lambda result: float(result.cost)).x
    alpha, beta = np.exp(x[1]), np.exp(x[3])
    return ParametricLoss(
        floor=float(np.exp(x[4])) if floor is None else floor,
        a=float(np.exp(x[0] + alpha * middle[0])),
        alpha=float(alpha),
        b=float(np.exp(x[2] + beta * middle[1])),
        beta=float(beta),
    )


# --8<-- [end:fitting_parametric]


def _check_grid(size: np.ndarray, text: np.ndarray, loss: np.ndarray, floor: float | None) -> None:
    counts = len(np.unique(size)), len(np.unique(text))
    if min(counts) < 3:
        raise ValueError(
            f"expected at least 3 sizes and 3 amounts of text, got {counts[0]} and {counts[1]}"
        )
    if floor is not None and not 0 <= floor < loss.min():
        raise ValueError(f"expected a floor below all losses, the least {loss.min()}, got {floor}")


# --8<-- [start:fitting_bootstrap]
def bootstrap(
    fit: "Callable[[np.ndarray], Sequence[float]]",
    points: int,
    draws: int = 200,
    level: float = 0.9,
    seed: int = 0,
) -> "list[tuple[float, float]]":
    """Return an interval for each number of a fit, from fits to points drawn with replacement.

    A draw that the fit refuses, for instance one with too few sizes, is drawn again.

    Args:
        fit: takes the indices of the points, returns numbers.
        points: how many there are.
        draws: fits.
        level: share of the draws inside each interval.
        seed: of the draws.

    Raises:
        ValueError: fewer than 2 points or draws, a level outside 0 to 1, or most draws refused.

    Examples:
        >>> bootstrap(lambda rows: [len(rows)], points=5, draws=10)
        [(5.0, 5.0)]
    """
    if points < 2 or draws < 2 or not 0 < level < 1:
        raise ValueError(
            f"expected 2 points and 2 draws or more, and a level between 0 and 1, "
            f"got {points}, {draws} and {level}"
        )
    random, found = np.random.default_rng(seed), []
    for _ in range(10 * draws):
        try:
            found.append(list(fit(random.integers(points, size=points))))
        except ValueError:
            continue
        if len(found) == draws:
            break
    else:
        raise ValueError(f"expected fits to most draws, got {len(found)} of {10 * draws}")
    ends = np.quantile(np.array(found), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [(float(low), float(high)) for low, high in ends.T]


# --8<-- [end:fitting_bootstrap]


def isoflop_minimum(sizes: Numbers, losses: Numbers) -> tuple[float, float]:
    """Return the size and loss at the bottom of an IsoFLOP curve.

    A parabola in the logarithm of the size goes through the lowest loss and its two neighbours.

    Args:
        sizes: of models trained with one budget of compute.
        losses: what they reached.

    Raises:
        ValueError: fewer than three points, lengths differ, a value is not above 0, or the lowest
            loss is that of the smallest or of the largest size.

    Examples:
        >>> size, loss = isoflop_minimum([10, 100, 1000], [3.0, 2.0, 3.0])
        >>> round(size), round(loss, 3)
        (100, 2.0)
        >>> isoflop_minimum([10, 100, 1000], [3.0, 2.0, 1.5])
        Traceback (most recent call last):
        ValueError: expected a bottom between sizes 10 and 1000, got losses that are lowest at 1000
    """
    size, loss = _columns(3, sizes=sizes, losses=losses)
    order = np.argsort(size)
    size, loss = size[order], loss[order]
    low = int(loss.argmin())
    if low in (0, len(loss) - 1):
        raise ValueError(
            f"expected a bottom between sizes {size[0]:g} and {size[-1]:g}, got losses that are "
            f"lowest at {size[low]:g}"
        )
    near = slice(low - 1, low + 2)
    curve = np.polynomial.Polynomial.fit(np.log(size[near]), loss[near], 2)
    bottom = curve.deriv().roots().real[0]
    return float(np.exp(bottom)), float(curve(bottom))
