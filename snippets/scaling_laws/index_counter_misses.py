import torch
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.scaling_laws import forward_flops, measured_flops

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
model, ids = GPT(config), torch.zeros(1, 128, dtype=torch.long)
with FlopCounterMode(display=False) as counter, torch.no_grad():
    model(ids)
everything = measured_flops(model, ids, backward=False)
attention = 128 * forward_flops(config, length=128)["attention"]
print(everything - counter.get_total_flops() == attention, "the attention is missing")
#> True the attention is missing
with FlopCounterMode(display=False) as counter, torch.no_grad():
    model.loss(ids, ids)
head = 128 * forward_flops(config, length=128)["head"]
print(everything - counter.get_total_flops() == attention + head, "and now the head, too")
#> True and now the head, too
