import torch

from reference_impl.data import next_token_targets, pack_and_chop

documents = [torch.arange(a, b) for a, b in ((10, 13), (20, 27), (30, 32))]
for block in pack_and_chop(documents, size=6, eos=0, keep_rest=True):
    print("ids      ", block.ids.tolist())
    print("documents", block.documents.tolist())
    print("positions", block.positions.tolist())
    print("targets  ", next_token_targets(block.ids, block.documents).tolist())
#> ids       [10, 11, 12, 0, 20, 21]
#> documents [0, 0, 0, 0, 1, 1]
#> positions [0, 1, 2, 3, 0, 1]
#> targets   [11, 12, 0, -100, 21, -100]
#> ids       [22, 23, 24, 25, 26, 0]
#> documents [1, 1, 1, 1, 1, 1]
#> positions [0, 1, 2, 3, 4, 5]
#> targets   [23, 24, 25, 26, 0, -100]
#> ids       [30, 31, 0]
#> documents [2, 2, 2]
#> positions [0, 1, 2]
#> targets   [31, 0, -100]
