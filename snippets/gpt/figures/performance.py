import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.speed`: medians of ratios, ours to Transformers', on two cores.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
names = {
    "gpt_training_step": "GPT-2, training step",
    "gpt_prefill": "GPT-2, reading a prompt",
    "gpt_cached_decode": "GPT-2, decoding",
    "bert_forward": "BERT, full rows",
    "bert_forward_padded": "BERT, rows with filler",
    "t5_greedy_decode": "T5, decoding",
}
figure, axis = plt.subplots(figsize=(4.5, 3.9))
for row, (name, title) in enumerate(names.items()):
    case = data["cases"][name]
    axis.text(0.0, row - 0.28, title, va="bottom")
    time = case["time_ours_over_theirs"]
    axis.barh(row, time["median"], height=0.34, color="C0", alpha=0.85)
    axis.plot([time["min"], time["max"]], [row, row], color="C0")
    axis.text(0.02, row, f"{time['median']:.2f}", va="center", color="white")
    if "time_compiled_over_theirs" in case:
        compiled = case["time_compiled_over_theirs"]["median"]
        axis.plot(compiled, row, "D", color="C1")
axis.plot([], [], "D", color="C1", label="ours under torch.compile")
axis.axvline(1.0, color="C3")
axis.text(1.01, -0.75, "Transformers", color="C3", va="center")
axis.set(ylim=(5.5, -1.0), xlim=(0, 1.35), yticks=[], xlabel="time, ours over Transformers'")
axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
figure.tight_layout()
