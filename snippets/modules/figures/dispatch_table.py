import matplotlib.pyplot as plt
import torch

library = torch.library.Library("figure_page", "FRAGMENT")
library.define("ours(Tensor x) -> Tensor")
for key in ["CPU", "CUDA", "Meta", "Autograd"]:
    library.impl("ours", lambda x: x, key)

keys = {
    "CPU": "CPU",
    "CUDA": "CUDA",
    "Meta": "Meta",
    "Autograd": "Autograd",
    "CompositeExplicitAutograd": "composite,\nexplicit",
    "CompositeImplicitAutograd": "composite,\nimplicit",
}
operators = ["mm", "relu", "native_layer_norm", "masked_select", "sort", "layer_norm"]
names = {f"aten::{name}": name for name in operators} | {"figure_page::ours": "our own"}
ink = plt.rcParams["text.color"]

fig, ax = plt.subplots(figsize=(4.5, 3.4))
for row, operator in enumerate(names):
    for column, key in enumerate(keys):
        has = torch._C._dispatch_has_kernel_for_dispatch_key(operator, key)
        if key == "CUDA" and operator.startswith("aten"):
            ax.text(column, row, "…", ha="center", va="center")
        elif has:
            colour = "C0" if column < 3 else "C2" if column == 3 else "C1"
            ax.add_patch(plt.Rectangle((column - 0.42, row - 0.36), 0.84, 0.72, color=colour))
        else:
            ax.plot(column, row, ".", color=ink, alpha=0.4)
ax.set_xticks(range(len(keys)), keys.values(), rotation=50, ha="left", rotation_mode="anchor")
ax.set_yticks(range(len(names)), names.values(), family="monospace")
ax.xaxis.tick_top()
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
ax.set(xlim=(-0.6, 5.6), ylim=(6.6, -0.6))
library._destroy()
