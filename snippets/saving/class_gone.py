import torch
from torch import nn


class Net(nn.Linear):
    pass


torch.save(Net(2, 1), "net.pt")
del Net  # renamed, moved, or in another project
torch.load("net.pt", weights_only=False)
#! AttributeError: Can't get attribute 'Net' on <module '__main__'
