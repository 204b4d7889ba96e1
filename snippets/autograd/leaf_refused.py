import torch

w = torch.ones(3, requires_grad=True)
try:
    w[0] = 5
except RuntimeError as error:
    print(str(error)[:58])
    #> a view of a leaf Variable that requires grad is being used

w.add_(1)
#! RuntimeError: a leaf Variable that requires grad is being used
