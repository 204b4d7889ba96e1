import torch

from reference_impl.scaling_laws import Language

language = Language()  # 24 tokens; rules about 0, 1, 2 and 3 of them
print(language.sample(1, 12, torch.Generator().manual_seed(0)).tolist())
#> [[21, 2, 10, 5, 2, 0, 2, 4, 0, 1, 3, 0]]
for known, entropy in enumerate(language.entropies()):
    above = entropy - language.entropy_rate
    print(f"{known} tokens known: {entropy:.3f} nats, {above:.3f} above the floor")
#> 0 tokens known: 2.628 nats, 1.004 above the floor
#> 1 tokens known: 2.311 nats, 0.687 above the floor
#> 2 tokens known: 1.889 nats, 0.265 above the floor
#> 3 tokens known: 1.624 nats, 0.000 above the floor
