from collections import Counter

import matplotlib.pyplot as plt
import torch

torch.manual_seed(0)
numbers = torch.rand(300)
orders = torch.stack([numbers[torch.randperm(300)] for _ in range(500)], dim=1)
totals = torch.zeros(500)
for row in orders:  # row i holds the i-th number of each of the 500 orders
    totals += row

printed = sorted(Counter(f"{total:.4f}" for total in totals.tolist()).items())
figure, axes = plt.subplots(figsize=(4.5, 2.4))
bars = axes.barh([text for text, _ in printed], [count for _, count in printed], color="C0")
axes.bar_label(bars, padding=3)
axes.invert_yaxis()
axes.set_xlim(right=500)
axes.set_xlabel("orders of adding, out of 500")
axes.set_ylabel("sum as printed")
