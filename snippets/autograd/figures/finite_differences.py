import matplotlib.pyplot as plt
import torch


def error(dtype, step):
    """Relative error of the central difference of sin at 1, averaged over 64 nearby points."""
    x = torch.linspace(1.0, 1.1, 64, dtype=torch.float64).to(dtype)
    slope = ((x + step).sin() - (x - step).sin()) / (2 * step)
    exact = x.double().cos()
    return ((slope.double() - exact).abs() / exact).mean().item()


steps = torch.logspace(-12, 0, 49, dtype=torch.float64).tolist()

fig, ax = plt.subplots(figsize=(4.5, 3.2))
for dtype, colour in ((torch.float32, "C1"), (torch.float64, "C0")):
    usable = [s for s in steps if s > torch.finfo(dtype).eps]
    name = str(dtype).removeprefix("torch.")
    ax.loglog(usable, [error(dtype, s) for s in usable], color=colour, label=name)
ink = plt.rcParams["text.color"]
ax.axvline(1e-6, color=ink, linewidth=1, linestyle="--")
ax.text(7e-7, 4, "gradcheck's step", fontsize=9, ha="right", va="center")
ax.axhline(1e-3, color=ink, linewidth=1, linestyle=":")
ax.text(1.2e-12, 2e-3, "its relative tolerance", fontsize=9, va="bottom")
ax.set(xlabel="step of the finite difference", ylabel="relative error", ylim=(1e-12, 20))
ax.set_xticks([1e-12, 1e-9, 1e-6, 1e-3, 1], ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "1"])
ax.set_yticks([1e-12, 1e-9, 1e-6, 1e-3, 1], ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "1"])
ax.minorticks_off()
ax.legend(loc="lower left")
