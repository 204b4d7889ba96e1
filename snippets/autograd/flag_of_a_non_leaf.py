import torch

weight = torch.ones(2, requires_grad=True)
hidden = weight * 2
cut = hidden.detach()
print(cut.requires_grad, cut.is_leaf, cut.data_ptr() == hidden.data_ptr())
#> False True True

hidden.requires_grad = False
#! RuntimeError: you can only change requires_grad flags of leaf
