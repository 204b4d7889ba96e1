import torch
from torch import nn


def nbytes(tensors):
    return sum(t.nbytes for t in tensors)


for dtype in (torch.float32, torch.bfloat16):
    model = nn.Linear(512, 512, dtype=dtype)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 512, dtype=dtype)).sum().backward()
    optimizer.step()
    states = list(optimizer.state.values())
    copies = nbytes(state[name] for state in states for name in ("exp_avg", "exp_avg_sq"))
    print(states[0]["exp_avg"].dtype, copies, copies / nbytes(model.parameters()))
    print("step:", states[0]["step"].dtype, nbytes(state["step"] for state in states))
#> torch.float32 2101248 2.0
#> step: torch.float32 8
#> torch.bfloat16 1050624 2.0
#> step: torch.float32 8
