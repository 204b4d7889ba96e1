import torch

from reference_impl.attention import (
    Transformer,
    TransformerConfig,
    generate,
    label_smoothed_loss,
    warmup_rate,
)

torch.manual_seed(0)
model = Transformer(TransformerConfig(12, dim=32, layers=1, heads=2, hidden=64, dropout=0.0))
optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
start = torch.ones(500, 1, dtype=torch.long)

for step in range(1, 701):
    digits = torch.randint(2, 12, (32, 6))
    target = torch.cat((start[:32], digits.flip(1)), dim=1)
    loss = label_smoothed_loss(model(digits, target[:, :-1]), target[:, 1:])
    optimizer.param_groups[0]["lr"] = warmup_rate(step, dim=32, warmup=80)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

digits = torch.randint(2, 12, (500, 6))
with torch.no_grad():
    memory, mask = model.eval().encode(digits)
    out = generate(lambda ids: model.decode(ids, memory, mask)[:, -1], start, 6)
right = (out[:, 1:] == digits.flip(1)).all(1).float().mean()
print(f"loss {loss:.2f}, all six digits right: at least 99 %: {right.item() >= 0.99}")
#> loss 0.53, all six digits right: at least 99 %: True
