import torch

w = torch.tensor(0.5, requires_grad=True)
loss = (w.sin() * w.exp()).tanh()

nodes, order = [loss.grad_fn], []
for node in nodes:
    node.register_hook(lambda *_, name=node.name(): order.append(name))
    nodes += [n for n, _ in node.next_functions if n not in nodes]

loss.backward()
print("\n".join(order))
#> TanhBackward0
#> MulBackward0
#> ExpBackward0
#> SinBackward0
#> torch::autograd::AccumulateGrad
