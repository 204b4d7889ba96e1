import matplotlib.pyplot as plt
import torch

from reference_impl.gpt import GPT, GPTConfig

sizes = {"vocab": 256, "context": 32, "dim": 64, "layers": 24, "heads": 4, "init_std": 0.07}
kinds = {
    "pre-norm": {"scale_residual": False},
    "pre-norm, residual weights scaled": {},
    "post-norm": {"norm": "post", "final_norm": False, "scale_residual": False},
}
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
for (name, changes), colour in zip(kinds.items(), ["C1", "C0", "C2"], strict=True):
    torch.manual_seed(0)
    model, spread = GPT(GPTConfig(**sizes, **changes)), []
    for block in model.blocks:
        block.register_forward_hook(lambda part, x, out, to=spread: to.append(out.std().item()))
    with torch.no_grad():
        model(torch.randint(256, (4, 32)))
    axis.plot(range(1, 25), spread, color=colour, label=name)
axis.set(xlabel="after block", ylabel="spread of the residual stream", ylim=(0, 2.6))
axis.legend(fontsize=9)
