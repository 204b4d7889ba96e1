import torch

weights = torch.ones(3, device="meta")
print((weights > 0).shape)
#> torch.Size([3])
torch.masked_select(weights, weights > 0)
#! NotImplementedError: aten::masked_select: attempted to run this operator with Meta tensors, but
