import matplotlib.pyplot as plt
import torch

from reference_impl.tokenizers import Unigram

word = "▁hugs"
pieces = [("▁", -2.0), ("h", -4.0), ("u", -4.0), ("g", -4.0), ("s", -3.0), ("ug", -5.0)]
pieces += [("hug", -6.5), ("gs", -6.0), ("▁hug", -9.0)]
model = Unigram(pieces, unk_id=None)
best, places, at = model.segment(word), set(), 0
for token in best:
    places.add((at, at + len(token)))
    at += len(token)

figure, axis = plt.subplots(figsize=(4.5, 3.0))
for end, edges in enumerate(model.lattice(word)):
    for start, number, score in edges:
        length, on = end - start, (start, end) in places
        style = {"color": "C1" if on else "C0", "linewidth": 2.5 if on else 1.2}
        along = torch.linspace(0, 1, 40)
        height = 0.45 * length if length > 1 else 0.0
        axis.plot(start + length * along, height * torch.sin(torch.pi * along), **style)
        label = f"{pieces[number][0]} {score:g}".replace("-", "−")
        middle, above = (start + end) / 2, height - 0.3 if length > 1 else -0.24
        axis.text(middle, above, label, ha="center", color=style["color"])
axis.plot(range(len(word) + 1), [0] * (len(word) + 1), "o", color=plt.rcParams["text.color"])
axis.set(xlim=(-0.2, len(word) + 0.2), ylim=(-0.35, 1.95))
axis.axis("off")
