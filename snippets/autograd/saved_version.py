import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
node = y.grad_fn
print("saved at version", y._version)
#> saved at version 0

saved = node._saved_result
print(saved.data_ptr() == y.data_ptr())
#> True

y.add_(1)
print("now at version", y._version)
#> now at version 1
try:
    node._saved_result
except RuntimeError as error:
    print(str(error)[:52])
    #> one of the variables needed for gradient computation
