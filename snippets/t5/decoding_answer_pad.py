import torch

from reference_impl.t5 import shift_right

labels = torch.tensor([[61, 7, 1, -100, -100]])
print(shift_right(labels, start=0, pad=0))
#> tensor([[ 0, 61,  7,  1,  0]])
