from itertools import permutations

import torch

for shape in [(2, 3, 4), (1, 3, 4), (1, 3, 1), (0, 3, 4)]:
    orders = list(permutations(range(3)))
    count = sum(torch.zeros(shape).permute(order).is_contiguous() for order in orders)
    print(shape, count, "of", len(orders))
#> (2, 3, 4) 1 of 6
#> (1, 3, 4) 3 of 6
#> (1, 3, 1) 6 of 6
#> (0, 3, 4) 6 of 6
