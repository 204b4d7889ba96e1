"""Learning rate against width, batch size, and shape, for the scaling-laws chapter: `python -m benchmarks.scaling_knobs`.

Three sweeps over the language of `benchmarks/scaling_grid.py`. About ten minutes on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from reference_impl.gpt import GPT
from reference_impl.scaling_laws import (
    Language,
    excess_loss,
    gradient_norms,
    noise_scale,
    small_gpt,
    train_run,
)
from reference_impl.scaling_laws.runs import CONTEXT, take_step

DATA = Path(__file__).parents[1] / "reference_impl" / "scaling_laws" / "data"
RATES = (0.004, 0.008, 0.016, 0.032, 0.064)
WIDTHS = (16, 32, 64, 128)
RATE_TOKENS = 2**18
SHAPES = ((1, 88), (2, 64), (4, 48), (8, 32), (16, 24))
SHAPE_TOKENS = 2**19
ROWS = (4, 8, 16, 32, 64, 128, 256)
TARGET = 0.45  # nats above the floor
NOISE_AT = (0.7, 0.55, TARGET)


def rate_run(dim: int, rate: float, mup: bool, tokens: int = RATE_TOKENS) -> float:
    """Return the loss above the floor of two layers at one learning rate."""
    language = Language()
    model = small_gpt(language, dim, mup=mup)
    train_run(model, language, tokens, rate=rate)
    return round(excess_loss(model, language), 5)


def shape_run(layers: int, dim: int, rate: float, tokens: int = SHAPE_TOKENS) -> float:
    """Return the loss above the floor of a deeper or shallower model."""
    language = Language()
    model = small_gpt(language, dim, layers=layers)
    train_run(model, language, tokens, rate=rate)
    return round(excess_loss(model, language), 5)


def steps_to(
    target: float, rows: int, rate: float, most: int, noise: list[Any] | None = None
) -> int | None:
    """Return after how many steps at a constant rate width 32 first reaches the target.

    The loss is looked at after every twentieth part more steps. With `noise` given, the noise
    scale is measured and appended where the loss passes `NOISE_AT`.
    """
    language = Language()
    model = small_gpt(language, 32)
    optimizer = torch.optim.AdamW(model.groups(rate), betas=(0.9, 0.95), weight_decay=0, fused=True)
    generator = torch.Generator().manual_seed(7)
    look, passed = 20, list(NOISE_AT)
    for step in range(1, most + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / 20)
        part = (step - 1) % 32
        if part == 0:
            text = language.sample(32 * rows, CONTEXT + 1, generator)
        take_step(model, optimizer, text[part * rows : (part + 1) * rows])
        if step < look:
            continue
        look = max(look + 1, round(look * 1.05))
        excess = excess_loss(model, language, rows=256)
        while noise is not None and passed and excess <= passed[0]:
            noise.append(measure_noise(model, language, excess))
            passed.pop(0)
        if excess <= target:
            return step
    return None


def measure_noise(model: GPT, language: Language, excess: float) -> dict[str, float]:
    """Return the noise scale in rows, from 200 small and 12 large batches."""
    small = gradient_norms(model, language, rows=4, batches=200, seed=1)
    big = gradient_norms(model, language, rows=512, batches=12, seed=2)
    scale = noise_scale(4, sum(small) / len(small), 512, sum(big) / len(big))
    return {"excess": round(excess, 4), "rows": round(scale, 1)}


def write(name: str, data: dict[str, Any]) -> None:
    """Write one data file."""
    head = {"torch": torch.__version__.split("+")[0], "date": datetime.now(UTC).date().isoformat()}
    (DATA / f"{name}.json").write_text(json.dumps({**head, **data}) + "\n")


def rates() -> None:
    """Learning rate against width, in both parametrisations."""
    runs = []
    for mup in (False, True):
        for dim in WIDTHS:
            for rate in RATES:
                run: dict[str, Any] = {"mup": mup, "dim": dim, "rate": rate}
                runs.append({**run, "excess": rate_run(**run)})
                print(runs[-1], flush=True)
    write("rates", {"tokens": RATE_TOKENS, "runs": runs})


def batches() -> None:
    """Steps to one loss against batch size; at each size the better of two rates counts."""
    runs, noise = [], []
    for rows in ROWS:
        for factor in (0.7, 1.4):
            rate = round(0.008 * factor * (rows / 32) ** 0.5, 6)
            record = noise if rows == 32 and factor == 1.4 else None
            most = 12_000 if rows < 16 else 4000 if rows < 64 else 1500
            steps = steps_to(TARGET, rows, rate, most, record)
            runs.append({"rows": rows, "rate": rate, "steps": steps})
            print(runs[-1], noise, flush=True)
    write("batches", {"target": TARGET, "noise": noise, "runs": runs})


def shapes() -> None:
    """About 100,000 parameters in 1 to 16 layers."""
    runs = []
    for layers, dim in SHAPES:
        for rate in (0.008, 0.016):
            run: dict[str, Any] = {"layers": layers, "dim": dim, "rate": rate}
            runs.append({**run, "excess": shape_run(**run)})
            print(runs[-1], flush=True)
    write("shapes", {"tokens": SHAPE_TOKENS, "runs": runs})


def main() -> None:
    """Run all sweeps."""
    torch.set_num_threads(1)
    rates()
    batches()
    shapes()


if __name__ == "__main__":
    main()
