"""The grid of the scaling-laws chapter: small GPTs of seven widths, on amounts of text that double.

`python -m benchmarks.scaling_grid`. Each cell of the grid is a run of its own, with a schedule that ends where its text
ends. Narrow models get more text than wide ones, so that their compute overlaps. The loss above the floor of each run
goes into the data file from which the pages and figures take their numbers; a run that was cut off goes on there. About
sixteen minutes on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from reference_impl.scaling_laws import Language, excess_loss, small_gpt, train_run

DATA = Path(__file__).parents[1] / "reference_impl" / "scaling_laws" / "data" / "grid.json"
LEAST = 16  # all powers of 2
MOST = {8: 23, 16: 23, 24: 23, 32: 23, 48: 22, 64: 22, 96: 21}
AGAIN = 19  # up to so many tokens each cell is run with a second seed


def cells() -> list[dict[str, int]]:
    """Return the settings of all runs, the shortest first."""
    return [
        {"dim": dim, "tokens": 2**power, "seed": seed}
        for power in range(LEAST, max(MOST.values()) + 1)
        for dim in MOST
        for seed in (0, 1)
        if power <= (MOST[dim] if seed == 0 else AGAIN)
    ]


def cell(dim: int, tokens: int, seed: int = 0) -> float:
    """Train one model and return its loss above the floor, in nats a token."""
    language = Language()
    model = small_gpt(language, dim, seed=seed)
    train_run(model, language, tokens, seed=seed)
    return round(excess_loss(model, language), 5)


def main() -> None:
    """Train what is missing and write the data file."""
    torch.set_num_threads(1)
    data: dict[str, Any] = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "floor": round(Language().entropy_rate, 6),
        "layers": 2,
        "runs": [],
    }
    if DATA.exists():
        data = json.loads(DATA.read_text())
    done = [{name: run[name] for name in ("dim", "tokens", "seed")} for run in data["runs"]]
    for settings in cells():
        if settings not in done:
            data["runs"].append({**settings, "excess": cell(**settings)})
            print(data["runs"][-1], flush=True)
            DATA.write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
