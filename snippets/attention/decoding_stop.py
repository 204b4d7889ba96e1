import torch

from reference_impl.attention import generate


def count_up(ids):
    return torch.eye(6)[(ids[:, -1] + 1).clamp(max=5)]


print(generate(count_up, torch.tensor([[0], [3]]), max_new_tokens=10, stop=5, pad=-1))
#> tensor([[ 0,  1,  2,  3,  4,  5],
#>         [ 3,  4,  5, -1, -1, -1]])
