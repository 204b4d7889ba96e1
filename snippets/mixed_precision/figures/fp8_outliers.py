import matplotlib.pyplot as plt
import torch

from reference_impl.mixed_precision import float_format, mx_encode, nvfp4_encode, quantise_fp8

torch.manual_seed(0)
x, e4m3 = torch.randn(64, 256), float_format("e4m3")
ordinary = torch.ones_like(x, dtype=torch.bool)
ordinary[5, 17] = False
ways = {
    "e4m3, one scale": ("C0", lambda: quantise_fp8(x, e4m3).dequantise()),
    "e4m3, rows": ("C1", lambda: quantise_fp8(x, e4m3, "row").dequantise()),
    "e4m3, blocks of 32": ("C2", lambda: quantise_fp8(x, e4m3, "block", 32).dequantise()),
    "MXFP4": ("C4", lambda: mx_encode(x).decode()),
    "NVFP4": ("C3", lambda: nvfp4_encode(x).decode()),
}
powers = torch.arange(2, 25)
errors = {name: [] for name in ways}
for power in powers:
    x[5, 17] = 2.0**power
    for name, (_, way) in ways.items():
        error = (way() - x)[ordinary].norm() / x[ordinary].norm()
        errors[name].append(error.item())
figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
for name, (colour, _) in ways.items():
    axis.plot(2.0**powers, errors[name], color=colour, label=name)
axis.set_xscale("log", base=2)
axis.set_yscale("log")
axis.set(xlabel="size of the outlier", ylabel="error of all other numbers")
axis.set_yticks([0.03, 0.1, 0.3, 1], ["3 %", "10 %", "30 %", "100 %"])
axis.set_xticks([2.0**n for n in (4, 8, 12, 16, 20, 24)], ["2⁴", "2⁸", "2¹²", "2¹⁶", "2²⁰", "2²⁴"])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9)
