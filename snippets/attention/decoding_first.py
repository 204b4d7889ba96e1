import torch

from reference_impl.attention import greedy, sample, temperature, top_k, top_p

logits = torch.tensor([[3.0, 2.5, 1.0, 0.5, -1.0]])  # one row: how a model scores five tokens
print(greedy(logits).tolist())
#> [0]
print([round(p, 2) for p in logits.softmax(-1)[0].tolist()])
#> [0.54, 0.33, 0.07, 0.04, 0.01]
warped = top_p(top_k(temperature(logits, 0.7), 3), 0.9)
print([round(p, 2) for p in warped.softmax(-1)[0].tolist()])
#> [0.67, 0.33, 0.0, 0.0, 0.0]
generator = torch.Generator().manual_seed(0)
print(sorted({sample(warped, generator).item() for _ in range(100)}))
#> [0, 1]
