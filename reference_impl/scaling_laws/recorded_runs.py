"""The recorded runs of the chapter, as `python -m benchmarks.scaling_grid` and `.scaling_knobs` left them."""

import json
from importlib.resources import files
from typing import Any, NamedTuple

# --8<-- [start:recorded_imports]
import numpy as np

# --8<-- [end:recorded_imports]
from reference_impl.scaling_laws.fitting import Real

__all__ = ["Grid", "load_grid", "recorded"]

NAMES = ("grid", "rates", "batches", "shapes")


def recorded(name: str) -> dict[str, Any]:
    """Return a data file as it is: settings, versions, and one entry for each run.

    Args:
        name: `grid`, `rates`, `batches` or `shapes`.

    Raises:
        ValueError: there is no such file.

    Examples:
        >>> sorted(recorded("grid")["runs"][0])
        ['dim', 'excess', 'seed', 'tokens']
        >>> recorded("runs")
        Traceback (most recent call last):
        ValueError: expected one of grid, rates, batches, shapes, got 'runs'
    """
    if name not in NAMES:
        raise ValueError(f"expected one of {', '.join(NAMES)}, got {name!r}")
    text = files("reference_impl.scaling_laws").joinpath("data", f"{name}.json")
    data: dict[str, Any] = json.loads(text.read_text(encoding="utf-8"))
    return data


class Grid(NamedTuple):
    """Cells of the grid as columns, the seeds of a cell averaged.

    Attributes:
        dims: width of each model.
        sizes: weights of the blocks' matrices.
        tokens: how many it was trained on.
        losses: what it reached, in nats a token.
        floor: the entropy of the language.
    """

    dims: np.ndarray
    sizes: np.ndarray
    tokens: np.ndarray
    losses: np.ndarray
    floor: float

    @property
    def excess(self) -> np.ndarray:
        """Loss above the floor."""
        return np.asarray(self.losses - self.floor)

    def where(self, least_size: Real = 0, least_tokens: Real = 0) -> "Grid":
        """Return the cells from a size and an amount of text on.

        Args:
            least_size: smallest size kept.
            least_tokens: smallest amount kept.

        Raises:
            ValueError: no cell is left.

        Examples:
            >>> len(load_grid().where(least_size=10_000, least_tokens=2**20).sizes)
            16
        """
        keep = (self.sizes >= least_size) & (self.tokens >= least_tokens)
        if not keep.any():
            raise ValueError(
                f"expected cells of at least {least_size} weights and {least_tokens} tokens, "
                f"got a grid up to {self.sizes.max()} and {self.tokens.max()}"
            )
        return Grid(
            self.dims[keep], self.sizes[keep], self.tokens[keep], self.losses[keep], self.floor
        )

    # --8<-- [start:recorded_isoflop]
    def isoflop(self, compute: Real) -> tuple[np.ndarray, np.ndarray]:
        """Return the sizes that can be trained with that compute, and the losses they reach.

        Each size gets `compute / (6 * size)` tokens. Between two amounts of the grid the loss
        above the floor is interpolated, both axes logarithmic; sizes whose amount lies outside
        the grid are left out.

        Args:
            compute: operations, as `6 * size * tokens`.

        Raises:
            ValueError: not above 0.

        Examples:
            >>> sizes, losses = load_grid().isoflop(1e11)
            >>> len(sizes) == len(losses)
            True
        """
        if not compute > 0:
            raise ValueError(f"expected compute above 0, got {compute}")
        found = []
        for size in np.unique(self.sizes):
            mine = self.sizes == size
            tokens = compute / 6 / size
            if self.tokens[mine].min() <= tokens <= self.tokens[mine].max():
                order = np.argsort(self.tokens[mine])
                x, y = np.log(self.tokens[mine][order]), np.log(self.excess[mine][order])
                found.append((size, self.floor + np.exp(np.interp(np.log(tokens), x, y))))
        columns = np.array(found).reshape(-1, 2)
        return columns[:, 0], columns[:, 1]

    # --8<-- [end:recorded_isoflop]


def load_grid() -> Grid:
    """Return the recorded grid.

    Examples:
        >>> grid = load_grid()
        >>> len(np.unique(grid.sizes)), len(np.unique(grid.tokens))
        (7, 8)
    """
    data = recorded("grid")
    cells: dict[tuple[int, int], list[float]] = {}
    for run in data["runs"]:
        cells.setdefault((run["dim"], run["tokens"]), []).append(run["excess"])
    dims, tokens = (np.array(column) for column in zip(*cells, strict=True))
    losses = data["floor"] + np.array([np.mean(found) for found in cells.values()])
    return Grid(dims, 12 * data["layers"] * dims**2, tokens, losses, data["floor"])
