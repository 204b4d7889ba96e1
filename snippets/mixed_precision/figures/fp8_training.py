import matplotlib.pyplot as plt

from reference_impl.mixed_precision import Fp8Recipe, fp8_run

figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
runs = {
    "float32": (None, "C0", "-"),
    "fp8, one scale a tensor": (Fp8Recipe("tensor"), "C1", "--"),
    "fp8 without scales": (Fp8Recipe("none"), "C4", "-"),
}
for name, (recipe, colour, style) in runs.items():
    losses = fp8_run(recipe, seed=0, share=2**-10)
    axis.plot(losses, style, color=colour, label=name, linewidth=1.3)
axis.set(xlabel="step", ylabel="loss, nats a token")
axis.spines[["top", "right"]].set_visible(False)
axis.legend()
