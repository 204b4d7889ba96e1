import torch


def survives(op, change):
    x = torch.tensor([0.5, 1.0], requires_grad=True).clone()
    y = op(x)
    (x if change == "input" else y).mul_(1)
    try:
        y.sum().backward()
    except RuntimeError:
        return "raises"
    return "fine"


print(f"{'':8} change input  change output")
#>          change input  change output
for name in "exp tanh sigmoid relu sin square log neg sum".split():
    op = getattr(torch, name)
    print(f"{name:8} {survives(op, 'input'):13} {survives(op, 'output')}")
#> exp      fine          raises
#> tanh     fine          raises
#> sigmoid  fine          raises
#> relu     fine          raises
#> sin      raises        fine
#> square   raises        fine
#> log      raises        fine
#> neg      fine          fine
#> sum      fine          fine
