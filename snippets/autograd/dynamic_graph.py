import torch


def newton_sqrt(a, tolerance=1e-6):
    root = a
    while (root * root - a).abs() > tolerance:
        root = (root + a / root) / 2
    return root


def depth(node):
    parents = [parent for parent, _ in node.next_functions if parent]
    return 1 + max((depth(parent) for parent in parents), default=0)


for value in (1.1, 4.0, 100.0):
    a = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    root = newton_sqrt(a)
    root.backward()
    print(f"{root.item():.4f}, slope {a.grad:.4f}, depth {depth(root.grad_fn)}")
#> 1.0488, slope 0.4767, depth 10
#> 2.0000, slope 0.2500, depth 13
#> 10.0000, slope 0.0500, depth 22
