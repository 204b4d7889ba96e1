import torch

torch.manual_seed(0)
for head_dim in (4, 64, 1024):
    q, k = torch.randn(2, 256, head_dim)
    for name, scale in (("scaled", head_dim**-0.5), ("not", 1.0)):
        scores = (q @ k.T * scale).requires_grad_()
        weights = scores.softmax(-1)
        (grad,) = torch.autograd.grad((weights * torch.randn(256, 256)).sum(), scores)
        largest = weights.amax(-1).mean().item()
        typical = grad.norm(dim=-1).median().item()  # of a row of scores
        print(f"{head_dim} {name}: largest {largest:.3f}, gradient {typical:.3f}")
#> 4 scaled: largest 0.046, gradient 0.087
#> 4 not: largest 0.173, gradient 0.147
#> 64 scaled: largest 0.041, gradient 0.092
#> 64 not: largest 0.723, gradient 0.165
#> 1024 scaled: largest 0.044, gradient 0.093
#> 1024 not: largest 0.945, gradient 0.000
