from collections import Counter

from torch.utils.data import DistributedSampler

for drop_last in (False, True):
    shares = [
        list(DistributedSampler(range(10), num_replicas=4, rank=rank, drop_last=drop_last))
        for rank in range(4)
    ]
    seen = Counter(index for share in shares for index in share)
    twice = sorted(index for index in seen if seen[index] == 2)
    print(shares, "twice:", twice, "never:", sorted(set(range(10)) - set(seen)))
#> [[4, 3, 6], [1, 9, 2], [7, 0, 4], [5, 8, 1]] twice: [1, 4] never: []
#> [[4, 3], [1, 9], [7, 0], [5, 8]] twice: [] never: [2, 6]
