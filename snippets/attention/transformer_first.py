import torch

from reference_impl.attention import Transformer, TransformerConfig

with torch.device("meta"):  # shapes only: no memory, no time
    base = Transformer(TransformerConfig(vocab=37_000))
source = torch.zeros(2, 25, dtype=torch.long, device="meta")
target = torch.zeros(2, 30, dtype=torch.long, device="meta")
print(base(source, target).shape)
#> torch.Size([2, 30, 37000])
for name, part in base.named_children():
    print(f"{name:8}{sum(p.numel() for p in part.parameters()):11,}")
#> tokens   18,944,000
#> encoder  18,914,304
#> decoder  25,224,192
#> dropout           0
print(f"{sum(p.numel() for p in base.parameters()):,}")
#> 63,082,496
