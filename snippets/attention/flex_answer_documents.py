import torch
from torch.nn.attention.flex_attention import create_block_mask, create_mask

documents = torch.arange(4).repeat_interleave(128)  # four documents packed in a row of 512


def inside(batch, head, i, j):
    return (documents[i] == documents[j]) & (j <= i)


print(round(create_block_mask(inside, None, None, 512, 512, "cpu", 64).sparsity(), 1))
#> 81.2
mask = create_mask(inside, None, None, 512, 512, "cpu")
print(mask[0, 0, 130].nonzero().flatten().tolist())
#> [128, 129, 130]
