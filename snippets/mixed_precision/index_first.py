import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 4)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
x, y = torch.randn(16, 8), torch.randint(4, (16,))

with torch.autocast("cpu", torch.bfloat16):
    logits = model(x)
loss = nn.functional.cross_entropy(logits.float(), y)
loss.backward()
optimizer.step()

print("weights", model.weight.dtype, "logits", logits.dtype)
#> weights torch.float32 logits torch.bfloat16
print("loss", loss.dtype, "gradient", model.weight.grad.dtype)
#> loss torch.float32 gradient torch.float32
print("averages", optimizer.state[model.weight]["exp_avg"].dtype)
#> averages torch.float32
