"""Post-norm and pre-norm, trained shallow and deep on Python's help texts: `python -m benchmarks.gpt_norms`.

Each setting is trained with two seeds, 400 steps without warm-up and, for the deep post-norm, once more with it. The
losses, averaged over 20 steps, go into the data file that `snippets/gpt/figures/norms_training.py` draws. About four
minutes on one core.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.train.characters import Chunks, task

DATA = Path(__file__).parents[1] / "snippets" / "gpt" / "figures" / "norms_training.json"
STEPS, EVERY, CONTEXT, BATCH = 400, 20, 16, 8
SEEDS = (0, 1)
RUNS: dict[str, dict[str, Any]] = {
    "post-norm, 2 layers": {"norm": "post", "layers": 2},
    "post-norm, 24 layers": {"norm": "post", "layers": 24},
    "post-norm, 24 layers, warm-up": {"norm": "post", "layers": 24, "warmup": 200},
    "pre-norm, 24 layers": {"norm": "pre", "layers": 24},
}


def config(norm: str, layers: int) -> GPTConfig:
    """A narrow GPT-1 or GPT-2; the weights are as large, for its width, as 0.02 is for 768."""
    base = GPTConfig.gpt1() if norm == "post" else GPTConfig.gpt2()
    return base.change(
        vocab=256, context=CONTEXT, dim=32, layers=layers, heads=4, dropout=0.0, init_std=0.1
    )


def losses(
    norm: str, layers: int, warmup: int = 0, rate: float = 3e-3, seed: int = 0, steps: int = STEPS
) -> list[float]:
    """Train, and return the loss in nats a byte, averaged over every 20 steps."""
    torch.manual_seed(seed)
    model = GPT(config(norm, layers))
    data = task(context=CONTEXT, width=1).train_data
    if not isinstance(data, Chunks):
        raise TypeError(f"expected chunks, got {type(data).__name__}")
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.1)
    found: list[float] = []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / max(warmup, 1))
        chunks = torch.stack([data[i] for i in torch.randint(len(data), (BATCH,)).tolist()])
        loss = model.loss(chunks[:, :-1], chunks[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        found.append(loss.item())
    return [round(sum(found[i : i + EVERY]) / EVERY, 3) for i in range(0, steps, EVERY)]


def main() -> None:
    """Train all and write the data file."""
    runs: dict[str, list[list[float]]] = {}
    for name, settings in RUNS.items():
        for seed in SEEDS:
            runs.setdefault(name, []).append(losses(**settings, seed=seed))
            print(name, seed, runs[name][-1][-3:], flush=True)
    data = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "every": EVERY,
        "seeds": SEEDS,
        "loss": runs,
    }
    DATA.write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
