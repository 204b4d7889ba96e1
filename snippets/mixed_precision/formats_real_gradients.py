import torch

from reference_impl.mixed_precision import english_gpt, english_rows, float_format

model, found = english_gpt(seed=0), []
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for layer in model.modules():
    if isinstance(layer, torch.nn.Linear):
        layer.register_full_backward_hook(lambda _, __, grad: found.append(grad[0].abs()))
for rows in english_rows(50, seed=0):
    found.clear()
    model.loss(rows[:, :-1], rows[:, 1:]).backward()
    optimizer.step()
    optimizer.zero_grad()
gradients = torch.cat([grad.flatten() for grad in found])
for name in ("bf16", "fp16", "e5m2", "e4m3"):
    fmt = float_format(name)
    zero = (fmt.round(gradients) == 0).float().mean()
    coarse = (gradients < fmt.smallest_normal).float().mean() - zero
    print(f"{name} {zero:4.0%} become zero, {coarse:4.0%} lose digits")
#> bf16   0% become zero,   0% lose digits
#> fp16   1% become zero,  61% lose digits
#> e5m2  19% become zero,  42% lose digits
#> e4m3  97% become zero,   3% lose digits
