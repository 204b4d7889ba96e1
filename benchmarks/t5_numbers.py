"""A small T5 learns numbers, then dates: `python -m benchmarks.t5_numbers`.

First it learns to write numbers in words, in two languages. Then it is fine-tuned on a few hundred dates, and beside
it a model of random weights is trained on the same dates. The losses, and the shares of held-out sources answered
without a mistake, go into the data file that `snippets/t5/figures/fine_tuning_curves.py` draws. A few minutes on one core.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from reference_impl.t5 import (
    T5,
    Pair,
    TextPairs,
    collate,
    exact_matches,
    number_pairs,
    number_task,
    number_tokenizer,
)
from reference_impl.train import Task, TrainConfig
from reference_impl.train.loop import Run, seed_everything

DATA = Path(__file__).parents[1] / "snippets" / "t5" / "figures" / "fine_tuning_curves.json"
EVERY, NUMBER_STEPS, DATE_STEPS = 25, 800, 300
HELD_OUT = 300
NUMBERS = {"pairs": 20_000, "held_out": HELD_OUT, "kinds": "number"}
DATES = {"pairs": 400, "held_out": HELD_OUT, "kinds": "date"}


def config(steps: int) -> TrainConfig:
    """The settings of a run."""
    return TrainConfig(
        max_steps=steps, batch_size=64, learning_rate=3e-3, warmup_steps=50, weight_decay=0.01
    )


def held_out(options: dict[str, Any]) -> dict[str, list[Pair]]:
    """The sources that a run with these options does not see, by language."""
    pairs = number_pairs(options["pairs"] + HELD_OUT, kinds=options["kinds"])[:HELD_OUT]
    return {name: [p for p in pairs if name in p.source] for name in ("English", "German")}


def curve(make: Callable[[], Task], steps: int, total: int, pairs: dict[str, list[Pair]]) -> Any:  # noqa: ANN401 - a tree for json
    """Train, and note loss and accuracy on the way; return the notes and the model."""
    seed_everything(0)
    run = Run(make(), config(total))
    tokenizer, rows = number_tokenizer(), []
    for step in range(1, steps + 1):
        run.train_step()
        if step % EVERY == 0 or step == steps:
            loss = run.loss_sum / run.loss_count
            run.loss_sum, run.loss_count = 0.0, 0
            right = {name: exact_matches(run.model, of, tokenizer) for name, of in pairs.items()}
            rows.append(
                {"step": step, "loss": round(loss, 4)} | {k: round(v, 3) for k, v in right.items()}
            )
            print(rows[-1], flush=True)
    run.close()
    return rows, run.model


def numbers(steps: int = NUMBER_STEPS) -> Any:  # noqa: ANN401 - see curve
    """Learn numbers from random weights."""
    return curve(lambda: number_task(**NUMBERS), steps, NUMBER_STEPS, held_out(NUMBERS))


def dates(start: T5 | None, steps: int = DATE_STEPS) -> Any:  # noqa: ANN401 - see curve
    """Learn dates, from the weights given or from random ones."""

    def make() -> Task:
        fresh = number_task(**DATES)
        if start is not None:
            fresh.model.load_state_dict(start.state_dict())
        return fresh

    return curve(make, steps, DATE_STEPS, held_out(DATES))[0]


def first_losses(steps: int = 4) -> list[float]:
    """The first losses on a few numbers, by which a test knows that this is still the program."""
    seed_everything(0)
    run = Run(number_task(**(NUMBERS | {"pairs": 500, "held_out": 10})), config(NUMBER_STEPS))
    losses = []
    for _ in range(steps):
        run.train_step()
        losses.append(round(run.loss_sum / run.loss_count, 4))
        run.loss_sum, run.loss_count = 0.0, 0
    run.close()
    return losses


def answers(model: T5, pairs: list[Pair]) -> list[str]:
    """What the model says to each source, greedily."""
    tokenizer = number_tokenizer()
    source = collate(TextPairs(pairs, tokenizer).items)["source"]
    return [tokenizer.decode(ids) for ids in model.eval().generate(source, 24).tolist()]


def by_digits(model: T5) -> dict[str, Any]:
    """Right answers and held-out numbers by their length, and the first mistakes."""
    pairs = [pair for of in held_out(NUMBERS).values() for pair in of]
    said = answers(model, pairs)
    counts: dict[int, list[int]] = {}
    wrong = []
    for pair, text in zip(pairs, said, strict=True):
        count = counts.setdefault(len(pair.source.split()[-1]), [0, 0])
        count[0] += text == pair.target
        count[1] += 1
        if text != pair.target:
            wrong.append([pair.source, text])
    return {"right and all by digits": dict(sorted(counts.items())), "mistakes": wrong}


def main() -> None:
    """Train all and write the data file."""
    rows, model = numbers()
    data = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "first losses": first_losses(),
        "numbers": rows,
        **by_digits(model),
        "dates from the number model": dates(model),
        "dates from random weights": dates(None),
    }
    DATA.parent.mkdir(parents=True, exist_ok=True)
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
