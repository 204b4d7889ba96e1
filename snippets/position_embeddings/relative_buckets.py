import torch

from reference_impl.position_embeddings import t5_bucket

for far in (torch.arange(0, 9), torch.tensor([11, 12, 15, 16, 22, 23, 63, 64, 90, 91, 128, 5000])):
    print(far.tolist())
    print("before", t5_bucket(-far).tolist())
    print("after ", t5_bucket(far).tolist())
#> [0, 1, 2, 3, 4, 5, 6, 7, 8]
#> before [0, 1, 2, 3, 4, 5, 6, 7, 8]
#> after  [0, 17, 18, 19, 20, 21, 22, 23, 24]
#> [11, 12, 15, 16, 22, 23, 63, 64, 90, 91, 128, 5000]
#> before [8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 15, 15]
#> after  [24, 25, 25, 26, 26, 27, 29, 30, 30, 31, 31, 31]
