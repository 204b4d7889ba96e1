import torch
from torch.autograd.graph import saved_tensors_hooks


def forward(x):
    with saved_tensors_hooks(lambda tensor: tensor.mul_(2), lambda tensor: tensor):
        return (x * 3).exp()


forward(torch.ones(2, requires_grad=True))
#! RuntimeError: A saved tensor pack hook is modifying its input in place.
