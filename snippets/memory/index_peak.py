import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_memory, record_steps

config = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
for precision in ("float32", "autocast"):
    for batch in (1, 8, 32):
        model, (ids, targets) = GPT(config), torch.randint(1000, (2, batch, 128))
        optimizer = torch.optim.AdamW(model.parameters(), foreach=False)

        def loss(model=model, ids=ids, targets=targets, on=precision == "autocast"):
            with torch.autocast("cpu", torch.bfloat16, enabled=on):
                return model.loss(ids, targets)

        worst = record_steps(model, optimizer, [loss, loss])[1].worst()
        floor = estimate_memory(config, batch, 128, precision).floor / 1e6
        print(
            f"{precision:8} floor {floor:4.1f} MB, counted {worst.total / 1e6:4.1f} in {worst.phase}"
        )
#> float32  floor  5.7 MB, counted  6.3 in forward
#> float32  floor 21.0 MB, counted 22.3 in forward
#> float32  floor 73.3 MB, counted 76.5 in backward
#> autocast floor  5.5 MB, counted  6.6 in backward
#> autocast floor 17.9 MB, counted 26.0 in backward
#> autocast floor 60.1 MB, counted 92.8 in backward
