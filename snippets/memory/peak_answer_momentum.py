import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
for momentum in (0.0, 0.9):
    model, (ids, targets) = GPT(config), torch.randint(1000, (2, 4, 128))
    optimizer = torch.optim.SGD(model.parameters(), momentum=momentum)
    steps = record_steps(model, optimizer, 2 * [lambda m=model, x=ids, y=targets: m.loss(x, y)])
    print(momentum, [round(timeline.peak() / 1e6, 2) for timeline in steps])
#> 0.0 [23.06, 23.06]
#> 0.9 [23.06, 26.81]
