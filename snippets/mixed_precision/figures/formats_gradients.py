import matplotlib.pyplot as plt
import torch

from reference_impl.mixed_precision import english_gpt, english_rows, float_format

model, found = english_gpt(seed=0), []
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for layer in model.modules():
    if isinstance(layer, torch.nn.Linear):
        layer.register_full_backward_hook(lambda _, __, grad: found.append(grad[0].abs()))
for rows in english_rows(50, seed=0):
    found.clear()
    model.loss(rows[:, :-1], rows[:, 1:]).backward()
    optimizer.step()
    optimizer.zero_grad()
gradients = torch.cat([grad.flatten() for grad in found])
exponents = torch.frexp(gradients[gradients > 0]).exponent - 1
values, counts = exponents.unique(return_counts=True)

figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(4.5, 3.4), layout="constrained", sharex=True, height_ratios=(2, 1)
)
top.bar((values + 0.5).tolist(), (100 * counts / len(gradients)).tolist(), color="C0", width=0.9)
top.set(ylabel="% of gradients")
top.spines[["top", "right"]].set_visible(False)
for place, name in enumerate(["fp16", "e5m2", "e4m3"]):
    fmt = float_format(name)
    smallest, normal, largest = (
        torch.tensor([fmt.smallest, fmt.smallest_normal, fmt.max]).log2().tolist()
    )
    bottom.barh(place, largest - normal, left=normal, color="C2", height=0.6)
    bottom.barh(place, normal - smallest, left=smallest, color="C1", height=0.6)
bottom.set(yticks=range(3), yticklabels=["fp16", "e5m2", "e4m3"], xlim=(-34, 18))
bottom.set_xlabel("exponent: log2 of the magnitude")
bottom.invert_yaxis()
bottom.spines[["top", "right"]].set_visible(False)
