import matplotlib.pyplot as plt
import torch

from reference_impl.attention import attention_weights

word = "attention"
letters = sorted(set(word))
x = torch.eye(len(letters))[[letters.index(c) for c in word]][None, None]
weights = attention_weights(x, x, scale=3.0)[0, 0]

figure, axis = plt.subplots(figsize=(4.5, 3.8))
for i, row in enumerate(weights.tolist()):
    for j, weight in enumerate(row):
        tint = round(weight / weights.max().item(), 3)
        axis.add_patch(plt.Rectangle((j + 0.04, i + 0.04), 0.92, 0.92, color="C0", alpha=tint))
        if weight > 0.1:
            place = {"ha": "center", "va": "center", "fontsize": 9}
            colour = "white" if tint == 1 else plt.rcParams["text.color"]
            axis.text(j + 0.5, i + 0.5, f"{weight:.2f}"[1:], color=colour, **place)
middles = [i + 0.5 for i in range(len(word))]
axis.set_xticks(middles, word)
axis.set_yticks(middles, word)
axis.set(xlim=(0, 9), ylim=(9, 0), aspect="equal", xlabel="keys", ylabel="queries")
axis.spines[:].set_visible(False)
axis.tick_params(length=0)
