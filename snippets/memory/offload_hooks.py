import torch
from torch.autograd.graph import saved_tensors_hooks


def pack(tensor):
    print("forward: pack", tuple(tensor.shape))
    return tensor.detach().numpy().copy()  # any object will do


def unpack(array):
    print("backward: unpack")
    return torch.from_numpy(array)


x = torch.tensor([1.0, 2.0], requires_grad=True)
with saved_tensors_hooks(pack, unpack):
    y = (x * 3).exp().sum()
    #> forward: pack (2,)
y.backward(retain_graph=True)
#> backward: unpack
y.backward()
#> backward: unpack
