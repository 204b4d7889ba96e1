import torch.utils.data

from reference_impl import data as ours

mine = ours.ResumableSampler(11, seed=3, rank=1, world_size=3)
original = torch.utils.data.DistributedSampler(range(11), 3, rank=1, seed=3)
for epoch in range(4):
    mine.set_epoch(epoch)
    original.set_epoch(epoch)
    print(list(mine), list(mine) == list(original))
#> [0, 4, 8, 7] True
#> [5, 1, 4, 9] True
#> [5, 10, 6, 4] True
#> [0, 1, 9, 10] True
