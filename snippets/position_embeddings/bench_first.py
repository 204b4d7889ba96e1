import torch

from reference_impl.position_embeddings import lookback

tokens, targets = lookback(1, 8, vocab=16, back=3, generator=torch.Generator().manual_seed(0))
print(tokens[0].tolist())
#> [12, 15, 5, 0, 3, 11, 3, 7]
print(targets[0].tolist())
#> [-100, -100, -100, 12, 15, 5, 0, 3]
