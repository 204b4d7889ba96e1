import torch

from reference_impl.bert import mask_tokens

torch.manual_seed(0)
ids = torch.randint(5, 1_000, (200, 500))
asked = torch.zeros_like(ids).bool()
for epoch in range(1, 11):
    asked |= mask_tokens(ids, mask_id=4, vocab=1_000).labels != -100
    if epoch in (1, 5, 10):
        print(epoch, f"{asked.float().mean():.2f}", f"{1 - 0.85**epoch:.2f}")
#> 1 0.15 0.15
#> 5 0.56 0.56
#> 10 0.80 0.80
