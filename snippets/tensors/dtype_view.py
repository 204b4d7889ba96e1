import torch

x = torch.zeros(2, 4)
print(x.view(torch.bfloat16).shape)
#> torch.Size([2, 8])
x.t().view(torch.bfloat16)
#! RuntimeError: self.stride(-1) must be 1 to view Float as BFloat16 (different element sizes), but
