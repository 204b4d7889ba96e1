import contextlib
import io
import json
from pathlib import Path

from reference_impl.distributed import run_ranks
from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig, train


def small():
    return task(vocab=300, dim=32, layers=2, heads=4, context=32, max_characters=20_000)


def work(rank, engine, ranks):
    config = TrainConfig(
        folder=f"{engine}-{ranks}", parallel=engine, max_steps=5, log_every=1,
        batch_size=10, accumulate=2, learning_rate=1e-2,
    )  # fmt: skip  # a list reads as a list
    with contextlib.redirect_stdout(io.StringIO()):
        train(config, small)


if __name__ == "__main__":
    work(0, "none", 1)
    for engine in ("ddp", "fsdp", "tp"):
        for ranks in (2, 4):
            run_ranks(work, ranks, engine, ranks)
    for folder in ("none-1", "ddp-2", "ddp-4", "fsdp-2", "fsdp-4", "tp-2", "tp-4"):
        rows = map(json.loads, Path(folder, "metrics.jsonl").read_text().splitlines())
        print(f"{folder:7}", *(f"{row['loss']:.4f}" for row in rows if "loss" in row))
    #> none-1  5.7052 5.5321 5.2314 5.0154 4.9912
    #> ddp-2   5.7052 5.5321 5.2314 5.0154 4.9912
    #> ddp-4   5.7052 5.5321 5.2314 5.0154 4.9912
    #> fsdp-2  5.7052 5.5321 5.2314 5.0154 4.9912
    #> fsdp-4  5.7052 5.5321 5.2314 5.0154 4.9912
    #> tp-2    5.7052 5.5321 5.2314 5.0154 4.9912
    #> tp-4    5.7052 5.5321 5.2314 5.0154 4.9912
