import torch

from reference_impl.optimizers import AdamW

torch.manual_seed(0)
start, grads = torch.randn(3), torch.randn(300, 3)
runs = []
for first, second in [(torch.optim.AdamW, AdamW), (AdamW, torch.optim.AdamW)]:
    w = start.clone().requires_grad_()
    optimizer = first([w], lr=0.01)
    for n, grad in enumerate(grads):
        if n == 150:
            state = optimizer.state_dict()
            optimizer = second([w])
            optimizer.load_state_dict(state)
        w.grad = grad.clone()
        optimizer.step()
    runs.append(w.detach())
print(torch.allclose(runs[0], runs[1], rtol=1e-6), optimizer.param_groups[0]["lr"])
#> True 0.01
