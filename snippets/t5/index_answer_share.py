import torch

from reference_impl.t5 import T5, T5Config

for name in ("t5-small", "t5-v1_1-small", "t5-v1_1-xl"):
    with torch.device("meta"):
        model = T5(T5Config.preset(name))
    vocabulary = model.tokens.weight.numel() * (1 if model.head is None else 2)
    print(name, f"{vocabulary / sum(p.numel() for p in model.parameters()):.0%}")
#> t5-small 27%
#> t5-v1_1-small 43%
#> t5-v1_1-xl 5%
