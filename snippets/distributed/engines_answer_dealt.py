from torch.utils.data import BatchSampler

from reference_impl.train.parallel import Dealt

batches = BatchSampler(range(8), batch_size=5, drop_last=False)
for share in range(4):
    print(share, list(Dealt(batches, share, 4)))
#> 0 [[0, 4], [5]]
#> 1 [[1], [6]]
#> 2 [[2], [7]]
#> 3 [[3], [5]]
