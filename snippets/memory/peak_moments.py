import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import PARTS, record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model = GPT(config)
optimizer = torch.optim.AdamW(model.parameters())
ids, targets = torch.randint(1000, (2, 4, 128))
second = record_steps(model, optimizer, 2 * [lambda: model.loss(ids, targets)])[1]
print(" " * 16, *(f"{part:>13}" for part in PARTS))
#>                     parameters     optimizer     gradients   activations   temporaries
for phase in ("forward", "backward", "step"):
    worst = second.worst(phase)
    last = [moment for moment in second.moments if moment.phase == phase][-1]
    for name, moment in ((f"worst, {phase}", worst), (f"after {phase}", last)):
        print(f"{name:16}", *(f"{moment.live[part] / 1e6:13.2f}" for part in PARTS))
#> worst, forward            3.75          7.50          0.51         17.37          1.43
#> after forward             3.75          7.50          0.51         17.37          0.00
#> worst, backward           3.75          7.50          0.78         16.84          1.31
#> after backward            3.75          7.50          3.75          0.00          0.00
#> worst, step               3.75          7.50          3.75          0.00          1.02
#> after step                3.75          7.50          3.75          0.00          0.00
print(second.worst().operation.rpartition(" ")[2])
#> aten::index_select
