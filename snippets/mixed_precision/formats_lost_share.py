import torch

from reference_impl.mixed_precision import english_gpt, english_rows, float_format

(rows,) = english_rows(1, seed=0)
for rate in (3e-3, 3e-4, 3e-5, 3e-6):
    model = english_gpt(seed=0)
    weights = [p for p in model.blocks.parameters() if p.dim() == 2]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0)
    model.loss(rows[:, :-1], rows[:, 1:]).backward()
    old = torch.cat([w.detach().flatten() for w in weights])
    optimizer.step()
    update = torch.cat([w.detach().flatten() for w in weights]) - old
    shares = []
    for name in ("fp16", "bf16"):
        fmt = float_format(name)
        w = fmt.round(old)
        lost = (fmt.round(w + update) == w).float().mean()
        shares.append(f"{name} {lost:.0%}")
    print(f"rate {rate:.0e}:", ", ".join(shares))
#> rate 3e-03: fp16 0%, bf16 0%
#> rate 3e-04: fp16 0%, bf16 8%
#> rate 3e-05: fp16 37%, bf16 91%
#> rate 3e-06: fp16 91%, bf16 99%
