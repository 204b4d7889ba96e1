# requires: deepspeed
import contextlib
import io
import json
import os
from pathlib import Path

os.environ["DS_ACCELERATOR"] = "cpu"
import deepspeed  # noqa: F401 - imported here, and not on each rank

from reference_impl.distributed import run_ranks
from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig, train
from reference_impl.train.with_deepspeed import train_with_deepspeed


def small():
    return task(vocab=300, dim=32, layers=2, heads=4, context=32, max_characters=20_000)


def config(folder):
    return TrainConfig(folder=folder, max_steps=5, log_every=1, batch_size=10, accumulate=2)


def work(rank, stage):
    train_with_deepspeed(config(f"zero{stage}"), stage, small)


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        train(config("none"), small)
    for stage in (1, 2, 3):
        run_ranks(work, 2, stage)
    for folder in ("none", "zero1", "zero2", "zero3"):
        rows = map(json.loads, Path(folder, "metrics.jsonl").read_text().splitlines())
        print(f"{folder:5}", *(f"{row['loss']:.4f}" for row in rows if "loss" in row))
    #> none  5.7052 5.6793 5.6396 5.5901 5.5837
    #> zero1 5.7052 5.6793 5.6396 5.5901 5.5837
    #> zero2 5.7052 5.6793 5.6396 5.5901 5.5837
    #> zero3 5.7052 5.6793 5.6396 5.5901 5.5837
