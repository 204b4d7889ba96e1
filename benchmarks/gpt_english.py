"""A small GPT trained on Python's help texts with the training program: `python -m benchmarks.gpt_english`.

The losses, the settings and a continuation of one prompt go into the data file that
`snippets/gpt/figures/generation_training.py` draws and the chapter quotes. About three minutes on one core.
"""

import contextlib
import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from reference_impl.attention import sample, temperature, top_p
from reference_impl.gpt import generate
from reference_impl.gpt.english import english, task
from reference_impl.gpt.model import GPT
from reference_impl.train import TrainConfig, train
from reference_impl.train.loop import Run, seed_everything

DATA = Path(__file__).parents[1] / "snippets" / "gpt" / "figures" / "generation_training.json"
PROMPT = "The import statement"
SETTINGS: dict[str, Any] = {
    "max_steps": 1000,
    "warmup_steps": 50,
    "learning_rate": 3e-3,
    "final_learning_rate": 0.1,
    "batch_size": 8,
    "accumulate": 2,
    "ramp_steps": 200,
    "weight_decay": 0.1,
}


def run(folder: str) -> list[dict[str, float]]:
    """Train in a folder, and return the rows of the metrics file."""
    config = TrainConfig(**SETTINGS, folder=folder, log_every=20, eval_every=100, progress=False)
    with contextlib.redirect_stdout(io.StringIO()):
        train(config, task)
    lines = (Path(folder) / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def first_loss(steps: int = 20) -> float:
    """Return the mean loss of the first steps of such a run."""
    config = TrainConfig(**SETTINGS)
    seed_everything(config.seed)
    with contextlib.closing(Run(task(), config)) as begun:
        for _ in range(steps):
            begun.train_step()
        return begun.loss_sum / begun.loss_count


def continuation(model: GPT, new: int = 40, seed: int = 0) -> str:
    """Return the prompt, continued by drawing from the likely tokens."""
    tokenizer, _ = english()
    generator = torch.Generator().manual_seed(seed)

    def choose(logits: torch.Tensor) -> torch.Tensor:
        return sample(top_p(temperature(logits, 0.7), 0.9), generator)

    prompt = torch.tensor([tokenizer.encode(PROMPT).ids])
    return tokenizer.decode(generate(model, prompt, new, choose=choose)[0].tolist())


def main() -> None:
    """Train, draw a text and write the data file."""
    with tempfile.TemporaryDirectory() as folder:
        rows = run(folder)
        model = task().model
        if not isinstance(model, GPT):
            raise TypeError(f"expected a GPT, got {type(model).__name__}")
        model.load_state_dict(load_file(Path(folder) / "weights.safetensors"))
    data = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "settings": SETTINGS,
        "loss": [[row["step"], round(row["loss"], 3)] for row in rows if "loss" in row],
        "eval_loss": [
            [row["step"], round(row["eval_loss"], 3)] for row in rows if "eval_loss" in row
        ],
        "texts": [continuation(model, seed=seed) for seed in range(3)],
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n")
    print(data["eval_loss"], *data["texts"], sep="\n---\n")


if __name__ == "__main__":
    main()
