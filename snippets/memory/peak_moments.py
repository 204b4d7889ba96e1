import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import PARTS, record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model = GPT(config)
optimizer = torch.optim.AdamW(model.parameters())
ids, targets = torch.randint(1000, (2, 4, 128))
second = record_steps(model, optimizer, 2 * [lambda: model.loss(ids, targets)])[1]
moments = []
for phase in ("forward", "backward", "step"):
    moments += [second.worst(phase), [m for m in second.moments if m.phase == phase][-1]]
print(" " * 14, "forward     backward    step")
#>                forward     backward    step
for part in PARTS:
    print(f"{part:13}", *(f"{moment.live[part] / 1e6:5.2f}" for moment in moments))
#> parameters     3.75  3.75  3.75  3.75  3.75  3.75
#> optimizer      7.50  7.50  7.50  7.50  7.50  7.50
#> gradients      0.51  0.51  0.78  3.75  3.75  3.75
#> activations   17.37 17.37 16.84  0.00  0.00  0.00
#> temporaries    1.43  0.00  1.31  0.00  1.02  0.00
print(f"{'sum':13}", *(f"{moment.total / 1e6:5.2f}" for moment in moments))
#> sum           30.56 29.14 30.18 15.00 16.03 15.00
print("worst:", second.worst().operation.rpartition(" ")[2])
#> worst: aten::index_select
