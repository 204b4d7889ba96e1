import torch

from reference_impl.gpt import GPT, GPTConfig

sizes = {"vocab": 256, "context": 32, "dim": 64, "layers": 24, "heads": 4, "init_std": 0.07}
for scaled in (False, True):
    torch.manual_seed(0)
    model = GPT(GPTConfig(**sizes, scale_residual=scaled))
    spread = []
    for block in model.blocks:
        block.register_forward_hook(lambda part, x, out: spread.append(out.std().item()))
    model(torch.randint(256, (4, 32)))
    print(scaled, [round(spread[i], 2) for i in (0, 5, 11, 23)])
#> False [0.39, 1.0, 1.46, 2.38]
#> True [0.11, 0.17, 0.22, 0.31]
