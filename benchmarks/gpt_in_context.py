"""Accuracy over the number of examples: `python -m benchmarks.gpt_in_context`.

A small GPT is trained on episodes in invented languages, with three seeds. Its weights are then frozen, and it
answers in languages held out from training, after 0 to 11 examples, with the rules in front and without. The shares
go into the data file that `snippets/gpt/figures/in_context_shots.py` draws. About a minute on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import torch

from reference_impl.gpt import Episodes, shot_accuracy, train_on_episodes

DATA = Path(__file__).parents[1] / "snippets" / "gpt" / "figures" / "in_context_shots.json"
FAMILY = Episodes()
SEEDS = (0, 1, 2)
STEPS = 400


def curves(seed: int, steps: int = STEPS) -> dict[str, list[float]]:
    """Train once, and return the accuracies after 0, 1, 2 ... examples."""
    model = train_on_episodes(FAMILY, steps, dim=64, layers=2, seed=seed)
    kinds = {
        "held-out languages": {"new": True},
        "languages of training": {"new": False},
        "held out, rules in front": {"new": True, "instructed": True},
    }
    return {
        name: [round(x, 3) for x in shot_accuracy(model, FAMILY, count=4000, **kind).tolist()]
        for name, kind in kinds.items()
    }


def main() -> None:
    """Train with each seed and write the data file."""
    runs: dict[str, list[list[float]]] = {}
    for seed in SEEDS:
        for name, values in curves(seed).items():
            runs.setdefault(name, []).append(values)
            print(seed, name, values, flush=True)
    data = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": SEEDS,
        "accuracy": runs,
    }
    DATA.write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
