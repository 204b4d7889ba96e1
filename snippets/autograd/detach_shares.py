import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
hidden = w * 3
cut = hidden.detach()
print(cut.requires_grad, cut.data_ptr() == hidden.data_ptr())
#> False True

loss = (hidden * cut).sum()
loss.backward()
print(w.grad)
#> tensor([ 9., 18.])

copy = hidden.detach().clone()
print(copy.data_ptr() == hidden.data_ptr())
#> False
