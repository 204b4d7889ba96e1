import torch

w = torch.ones(3, requires_grad=True)
b = torch.zeros((), requires_grad=True)
x = torch.tensor([1.0, 2.0, 3.0])
loss = ((w * x).sum() + b).tanh()


def walk(node, depth=0):
    if node is None:
        print("  " * depth + "None")
        return
    print("  " * depth + node.name())
    for parent, _ in node.next_functions:
        walk(parent, depth + 1)


walk(loss.grad_fn)
#> TanhBackward0
#>   AddBackward0
#>     SumBackward0
#>       MulBackward0
#>         torch::autograd::AccumulateGrad
#>         None
#>     torch::autograd::AccumulateGrad
