import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.loading_cost`: medians, each panel relative to one of its cases.
data = json.loads(Path(__file__).with_suffix(".json").read_text())

figure, (layouts, late) = plt.subplots(2, 1, figsize=(4.5, 5.2))
marks = {"file per item": "C1o-", "packed": "C0s-", "packed, __getitems__": "C2^-"}
for name, mark in marks.items():
    rows = [row for row in data["layouts"] if row["layout"] == name]
    batches = [row["batch"] for row in rows]
    layouts.plot(batches, [row["time"] for row in rows], mark[2:], color=mark[:2], label=name)
layouts.set_xscale("log", base=2)
layouts.set_yscale("log")
layouts.set_xticks(batches, [str(batch) for batch in batches])
layouts.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
layouts.minorticks_off()
layouts.set_xlabel("batch size")
layouts.set_ylabel("packed, 64 = 1")
layouts.legend()

for batch, mark, colour in ((4, "o-", "C0"), (32, "s--", "C3")):
    rows = [row for row in data["late"] if row["batch"] == batch]
    workers = [row["workers"] for row in rows]
    late.plot(
        workers, [row["time"] for row in rows], mark, color=colour, label=f"batch size {batch}"
    )
late.set_xticks(workers)
late.set_ylim(0)
late.set_xlabel("workers, on a store that answers late")
late.set_ylabel("no workers = 1")
late.legend()
figure.tight_layout()
