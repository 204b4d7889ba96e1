import io
import json
from contextlib import redirect_stdout
from pathlib import Path

from reference_impl.gpt.english import task
from reference_impl.train import TrainConfig, train

config = TrainConfig(
    max_steps=40,
    warmup_steps=5,
    learning_rate=5e-3,
    final_learning_rate=0.1,
    weight_decay=0.1,
    batch_size=8,
    accumulate=2,
    ramp_steps=20,
    log_every=10,
    progress=False,
)
with redirect_stdout(io.StringIO()):
    train(config, lambda: task(dim=48, layers=2, vocab=300, max_characters=60_000))
rows = [json.loads(row) for row in Path("run/metrics.jsonl").read_text().splitlines()]
print(rows[0]["loss"] > 4.9, rows[-1]["eval_loss"] < 4.6)  # from chance, 5.7 nats
#> True True
