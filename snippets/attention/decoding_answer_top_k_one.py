import torch

from reference_impl.attention import greedy, top_k

logits = torch.tensor([[1.0, 3.0, 2.0], [2.0, 2.0, 0.0]])
print(greedy(logits).tolist(), top_k(logits, 1).isfinite().sum(-1).tolist())
#> [1, 0] [1, 2]
