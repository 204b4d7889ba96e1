from reference_impl.autograd import Tensor

w = Tensor([1.0, 1.0, 1.0], requires_grad=True)
b = Tensor(0.0, requires_grad=True)
x = Tensor([1.0, 2.0, 3.0])
loss = ((w * x).sum() + b).tanh()


def walk(node, depth=0):
    print("  " * depth + (node.name() if node else "None"))
    for parent, _ in node.next_functions if node else ():
        walk(parent, depth + 1)


walk(loss.grad_fn)
#> TanhBackward
#>   AddBackward
#>     SumBackward
#>       MulBackward
#>         AccumulateGrad
#>         None
#>     AccumulateGrad
