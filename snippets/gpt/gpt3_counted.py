import torch

from reference_impl.gpt import GPT, GPTConfig, count_parameters

for config in (GPTConfig.gpt1(), GPTConfig.gpt2("xl"), GPTConfig.gpt3("175B")):
    with torch.device("meta"):  # shapes without memory
        model = GPT(config)
    print(sum(p.numel() for p in model.parameters()) == count_parameters(config)["total"])
#> True
#> True
#> True
