import torch

from reference_impl.gpt import GPT, GPTConfig

ids = torch.arange(32)[None]
for layers in (2, 24):
    for final in (False, True):
        torch.manual_seed(0)
        sizes = {"vocab": 256, "context": 32, "dim": 64, "heads": 4, "init_std": 0.07}
        model = GPT(GPTConfig(layers=layers, final_norm=final, scale_residual=False, **sizes))
        print(layers, final, round(model(ids).std().item(), 1))
#> 2 False 0.4
#> 2 True 0.6
#> 24 False 1.2
#> 24 True 0.5
