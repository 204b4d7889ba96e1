import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
model, x, y = nn.Linear(8, 1), torch.randn(16, 8), torch.randn(16, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")  # amp.initialize(model, optimizer, opt_level="O1")

for part in (slice(0, 8), slice(8, 16)):  # two micro-batches: no delay_unscale
    with torch.autocast("cpu", torch.float16):
        out = model(x[part])
    loss = nn.functional.mse_loss(out.float(), y[part]) / 2
    scaler.scale(loss).backward()  # with amp.scale_loss(loss, optimizer) as s: s.backward()
scaler.unscale_(optimizer)  # amp did this when the block ended
norm = clip_grad_norm_(model.parameters(), 1.0)  # amp.master_params(optimizer)
scaler.step(optimizer)  # optimizer.step()
scaler.update()
print(f"norm {norm:.2f}, scale {scaler.get_scale():.0f}")
#> norm 1.97, scale 65536
