import json
from pathlib import Path

from reference_impl.train import MetricsFile

with MetricsFile("metrics.jsonl", "jsonl", ["step", "loss"], length=0) as metrics:
    metrics.write({"step": 1, "loss": 0.1 + 0.2})
    length = metrics.sync()  # the checkpoint remembers this
    metrics.write({"step": 2, "loss": 0.25})  # and then the process is killed
with MetricsFile("metrics.jsonl", "jsonl", ["step", "loss"], length) as metrics:
    metrics.write({"step": 2, "loss": 0.25})
rows = [json.loads(line) for line in Path("metrics.jsonl").read_text().splitlines()]
print([row["step"] for row in rows], rows[0]["loss"] == 0.1 + 0.2)
#> [1, 2] True
