import torch

x = torch.tensor(3.0, requires_grad=True)
y = x * x + x

edges = []
nodes = [y.grad_fn]
while nodes:
    node = nodes.pop()
    for parent, _ in node.next_functions:
        edges.append(f"{node.name()} -> {parent.name()}")
        nodes.append(parent)
print("\n".join(edges))
#> AddBackward0 -> MulBackward0
#> AddBackward0 -> torch::autograd::AccumulateGrad
#> MulBackward0 -> torch::autograd::AccumulateGrad
#> MulBackward0 -> torch::autograd::AccumulateGrad

y.backward()
print(x.grad)
#> tensor(7.)
