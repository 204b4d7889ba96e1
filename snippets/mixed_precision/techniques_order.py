import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_


def train(unscale_first):
    torch.manual_seed(0)
    model = nn.Linear(8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    x, y = torch.randn(64, 8), torch.randn(64, 1)
    start = nn.functional.mse_loss(model(x), y).item()
    for _ in range(50):
        for part in range(4):  # four micro-batches, one scale
            rows = slice(16 * part, 16 * part + 16)
            with torch.autocast("cpu", torch.float16):
                out = model(x[rows])
            loss = nn.functional.mse_loss(out.float(), y[rows]) / 4
            scaler.scale(loss).backward()
        if unscale_first:
            scaler.unscale_(optimizer)
        clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
    return f"{start:.3f} -> {nn.functional.mse_loss(model(x), y).item():.3f}"


print(f"unscale, clip, step: {train(True)}")
#> unscale, clip, step: 1.098 -> 0.672
print(f"clip, then step:     {train(False)}")
#> clip, then step:     1.098 -> 1.097
