import torch

from reference_impl.attention import top_k, top_p

logits = torch.zeros(1, 5)
print(top_k(logits, 1000).isfinite().sum().item())  # more than there are: all of them
#> 5
top_p(logits, 0.0)
#! ValueError: expected p in (0, 1], got 0.0
