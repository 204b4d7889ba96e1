import torch

w = torch.ones((), dtype=torch.bfloat16, requires_grad=True)
for _ in range(1000):
    w.backward()
print(w.grad)
#> tensor(256., dtype=torch.bfloat16)

master = torch.zeros((), dtype=torch.float32)
w.grad = None
for _ in range(1000):
    w.backward()
    master += w.grad
    w.grad = None
print(master)
#> tensor(1000.)

w.grad_dtype = torch.float32
for _ in range(1000):
    w.backward()
print(w.grad)
#> tensor(1000.)
torch.optim.SGD([w], lr=0.1).step()  # accepted
torch.optim.AdamW([w]).step()
#! RuntimeError: expected dtype c10::BFloat16 for `end` but got dtype float
