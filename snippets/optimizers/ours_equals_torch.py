import torch

import reference_impl.optimizers as ours

torch.manual_seed(0)
start, grads = torch.randn(4, 3), torch.randn(500, 4, 3)
for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "Muon"):
    ends = []
    for library in (ours, torch.optim):
        w = start.clone().requires_grad_()
        optimizer = getattr(library, name)([w], lr=0.01, weight_decay=0.1)
        for grad in grads:
            w.grad = grad.clone()
            optimizer.step()
        ends.append(w.detach())
    print(f"{name:8}", torch.allclose(*ends, rtol=1e-5))
#> SGD      True
#> Adagrad  True
#> RMSprop  True
#> Adam     True
#> AdamW    True
#> Muon     True
