import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_peak, record_steps

regimes = {
    "loss": (GPTConfig(vocab=4000, context=64, dim=32, layers=2, heads=2), 8),
    "block": (GPTConfig(vocab=100, context=64, dim=96, layers=4, heads=4), 8),
    "step": (GPTConfig(vocab=1000, context=64, dim=128, layers=2, heads=4), 1),
}
for name, (config, batch) in regimes.items():
    model, (ids, targets) = GPT(config), torch.randint(config.vocab, (2, batch, 64))
    optimizer = torch.optim.AdamW(model.parameters(), foreach=True)
    steps = record_steps(model, optimizer, 2 * [lambda m=model, x=ids, y=targets: m.loss(x, y)])
    estimate = estimate_peak(config, batch, 64, loop="foreach")
    predicted = estimate.peak - estimate.parts["inputs"]
    print(f"{name:5} {predicted:9} predicted in {estimate.moment:8} {steps[1].peak():9} counted")
#> loss    8838768 predicted in loss       8838772 counted
#> block  19378768 predicted in backward  19378776 counted
#> step   10659952 predicted in step      10659968 counted
