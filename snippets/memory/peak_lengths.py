import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model = GPT(config)
optimizer = torch.optim.AdamW(model.parameters())
lengths = (64, 48, 32, 128)


def loss(length):
    ids, targets = torch.randint(1000, (2, 4, length))
    return model.loss(ids, targets)


steps = record_steps(model, optimizer, [lambda n=n: loss(n) for n in lengths])
for length, timeline in zip(lengths, steps, strict=True):
    print(f"{length:3} tokens: {timeline.peak() / 1e6:5.2f} MB")
#>  64 tokens: 16.03 MB
#>  48 tokens: 19.25 MB
#>  32 tokens: 16.76 MB
#> 128 tokens: 30.57 MB
