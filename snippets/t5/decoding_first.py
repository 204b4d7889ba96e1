import torch

from reference_impl.t5 import shift_right

labels = torch.tensor([[61, 7, 35, 1]])  # what shall be said; 1 ends it
print(shift_right(labels))  # what the decoder reads meanwhile
#> tensor([[ 0, 61,  7, 35]])
