import torch
from torch import nn

for dtype in (torch.bfloat16, torch.float16):
    model = nn.Linear(4, 1, dtype=dtype)
    nn.init.ones_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(100):  # 100 updates of 1e-4
        optimizer.zero_grad()
        scaler.scale(model(torch.ones(1, 4, dtype=dtype)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    print(dtype, model.weight.tolist())
#> torch.bfloat16 [[1.0, 1.0, 1.0, 1.0]]
#! ValueError: Attempting to unscale FP16 gradients.
