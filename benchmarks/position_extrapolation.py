"""Position schemes trained short and evaluated long: `python -m benchmarks.position_extrapolation`.

The same tiny model learns the same task with each scheme and three seeds, on texts of 32 tokens. The
shares of right answers on texts of 32 to 256 tokens go into the data file that
`snippets/position_embeddings/figures/extrapolation.py` draws. About five minutes on one core.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from reference_impl.position_embeddings import (
    ALiBi,
    BenchConfig,
    Learned,
    LinearScaling,
    NTKScaling,
    PositionScheme,
    Rotary,
    RotaryScaling,
    Shaw,
    Sinusoidal,
    T5Bias,
    TinyModel,
    TransformerXL,
    YaRNScaling,
    tail_accuracy,
    train_tiny,
)

DATA = (
    Path(__file__).parents[1]
    / "snippets"
    / "position_embeddings"
    / "figures"
    / "extrapolation.json"
)
CONFIG = BenchConfig()
HEAD_DIM = CONFIG.dim // CONFIG.heads
LENGTHS = (32, 48, 64, 96, 128, 192, 256)
SEEDS = (0, 1, 2)

SCHEMES: dict[str, Callable[[], PositionScheme]] = {
    "none": PositionScheme,
    "sinusoidal": lambda: Sinusoidal(CONFIG.dim),
    "learned": lambda: Learned(CONFIG.length, CONFIG.dim),
    "Shaw": lambda: Shaw(HEAD_DIM, max_distance=16),
    "Transformer-XL": lambda: TransformerXL(CONFIG.heads, HEAD_DIM),
    "T5": lambda: T5Bias(CONFIG.heads, bidirectional=False),
    "T5, all buckets seen": lambda: T5Bias(CONFIG.heads, 16, 24, bidirectional=False),
    "ALiBi": lambda: ALiBi(CONFIG.heads),
    "RoPE": lambda: Rotary(HEAD_DIM),
}


def yarn(factor: float) -> RotaryScaling:
    """YaRN for this model: the length trained with is the original one."""
    return YaRNScaling(factor, original_length=CONFIG.length)


STRETCHED: dict[str, Callable[[float], RotaryScaling]] = {
    "RoPE, linear": LinearScaling,
    "RoPE, NTK-aware": NTKScaling,
    "RoPE, YaRN": yarn,
}


def accuracy(model: TinyModel, length: int) -> float | None:
    """The share of right answers, or None past the end of a learned table."""
    if isinstance(model.scheme, Learned) and length > len(model.scheme.weight):
        return None
    return round(tail_accuracy(model, length, CONFIG), 3)


def measure(name: str, seed: int) -> dict[str, list[float | None]]:
    """Train one scheme once, and evaluate it; a rotary one is also stretched to each length."""
    torch.manual_seed(seed)
    model = train_tiny(SCHEMES[name](), CONFIG, seed)
    found = {name: [accuracy(model, length) for length in LENGTHS]}
    for stretched, scaling in STRETCHED.items() if name == "RoPE" else ():
        found[stretched] = []
        for length in LENGTHS:
            model.scheme = Rotary(HEAD_DIM, scaling=scaling(length / CONFIG.length))
            found[stretched].append(accuracy(model, length))
    return found


def main() -> None:
    """Measure all and write the data file."""
    runs: dict[str, list[list[float | None]]] = {}
    for name in SCHEMES:
        for seed in SEEDS:
            for variant, values in measure(name, seed).items():
                runs.setdefault(variant, []).append(values)
                print(variant, seed, values, flush=True)
    data: dict[str, Any] = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "trained_length": CONFIG.length,
        "lengths": LENGTHS,
        "seeds": SEEDS,
        "accuracy": runs,
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
