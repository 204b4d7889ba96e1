import torch

from reference_impl.attention import beam_search

torch.manual_seed(221)
table = (2 * torch.randn(4, 4)).log_softmax(-1)
for beams in (1, 2, 3, 256):
    best = beam_search(lambda ids: table[ids[:, -1]], torch.tensor([0]), beams, 4)
    print(beams, best[0].ids, round(best[0].score, 2))
#> 1 [0, 2, 3, 0, 2] -0.85
#> 2 [0, 0, 2, 1, 2] -0.68
#> 3 [0, 0, 0, 0, 2] -0.79
#> 256 [0, 0, 2, 1, 2] -0.68
