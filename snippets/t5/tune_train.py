import json
from pathlib import Path

import torch

from reference_impl.t5 import number_task
from reference_impl.train import TrainConfig, train

torch.set_num_threads(1)  # with matrices as small as these more threads only wait
config = TrainConfig(
    folder="run",
    max_steps=60,
    batch_size=32,
    learning_rate=5e-3,
    warmup_steps=10,
    log_every=20,
    eval_every=20,
)
options = {"pairs": 1500, "held_out": 100, "dim": 48, "layers": 1, "digits": 3, "kinds": "number"}
train(config, lambda: number_task(**options))
#> step 20/60  loss ...
#> step 20/60  evaluation loss ...
#> step 40/60  loss ...
#> step 40/60  evaluation loss ...
#> step 60/60  loss ...
#> step 60/60  evaluation loss ...
rows = [json.loads(line) for line in Path("run/metrics.jsonl").read_text().splitlines()]
losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
print(len(losses), losses == sorted(losses, reverse=True), losses[-1] < 1.5)
#> 3 True True
