import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model = GPT(config)
optimizer = torch.optim.AdamW(model.parameters())
ids, targets = torch.randint(1000, (2, 4, 128))
steps = record_steps(model, optimizer, 3 * [lambda: model.loss(ids, targets)])
for number, timeline in enumerate(steps, 1):
    worst = timeline.worst()
    print(f"step {number}: {worst.total / 1e6:5.2f} MB, in {worst.phase}")
#> step 1: 23.06 MB, in forward
#> step 2: 30.56 MB, in forward
#> step 3: 30.56 MB, in forward
