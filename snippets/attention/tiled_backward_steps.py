import torch

torch.manual_seed(0)
scores = torch.randn(5, 7, dtype=torch.float64, requires_grad=True)
v = torch.randn(7, 3, dtype=torch.float64)
weights = scores.softmax(-1)
out = weights @ v
grad = torch.randn_like(out)  # of the loss with respect to out
(expected,) = torch.autograd.grad(out, scores, grad, retain_graph=True)

# 1. The weights come back from the scores and one number a row.
lse = torch.logsumexp(scores, -1, keepdim=True)
print(torch.allclose((scores - lse).exp(), weights))
#> True
# 2. The sum that the softmax's gradient needs is a dot product of rows of the output.
dweights = grad @ v.T
delta = (grad * out).sum(-1, keepdim=True)
print(torch.allclose((weights * dweights).sum(-1, keepdim=True), delta))
#> True
# 3. So each entry of the gradient needs its own tile only.
print(torch.allclose(weights * (dweights - delta), expected))
#> True
