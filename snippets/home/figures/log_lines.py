from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import yaml
from matplotlib.patches import Patch

logs = Path(__file__).parents[3] / "docs" / "class_logs.yml"
days = yaml.safe_load(logs.read_text(encoding="utf-8"))["days"]
lines = [line for day in days for line in day["lines"]]

order = (
    "tensors autograd modules optimizers data saving attention tokenizers position_embeddings "
    "bert t5 gpt scaling_laws distributed memory mixed_precision labs"
).split()
kinds = {
    "fact": "fact",
    "fix": "not quite so",
    "ask": "question",
    "fig": "lost drawing",
    "todo": "only named",
}
count = Counter((line["chapter"], line["kind"]) for line in lines)

figure, axes = plt.subplots(figsize=(4.5, 5.5))
for row, chapter in enumerate(order):
    left = 0
    for colour, kind in enumerate(kinds):
        if width := count[chapter, kind]:
            axes.barh(row, width, left=left, color=f"C{colour}", height=0.7)
            left += width
axes.set_yticks(range(len(order)), [chapter.replace("_", " ") for chapter in order])
axes.invert_yaxis()
axes.set_xticks(range(0, 17, 4))
axes.set_xlabel("lines of the logs")
legend = [Patch(color=f"C{colour}", label=label) for colour, label in enumerate(kinds.values())]
figure.legend(handles=legend, ncols=3, loc="outside upper center", handlelength=1)
