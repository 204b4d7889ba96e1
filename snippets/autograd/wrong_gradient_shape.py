import torch

x = torch.ones(3, requires_grad=True)
y = x * 2
y.backward(torch.ones(2))
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([2])
