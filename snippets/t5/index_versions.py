import torch

from reference_impl.t5 import T5, T5Config

for name in ("t5-small", "t5-v1_1-small"):
    config = T5Config.preset(name)
    with torch.device("meta"):  # shapes without memory
        model = T5(config)
    print(name, config.gated, config.tied, "hidden", config.hidden)
    print("  logits from", "the embeddings" if model.head is None else "a matrix of its own")
    print("  parameters", f"{sum(p.numel() for p in model.parameters()):,}")
#> t5-small False True hidden 2048
#>   logits from the embeddings
#>   parameters 60,506,624
#> t5-v1_1-small True False hidden 1024
#>   logits from a matrix of its own
#>   parameters 76,961,152
