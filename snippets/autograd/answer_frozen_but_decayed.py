import torch

w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.AdamW([w], lr=0.1, weight_decay=0.5)
(2 * w).sum().backward()
optimizer.step()

w.requires_grad_(False)
w.grad.zero_()
before = w.clone()
optimizer.step()
print(torch.equal(w, before))
#> False

w.grad = None
before = w.clone()
optimizer.step()
print(torch.equal(w, before))
#> True
