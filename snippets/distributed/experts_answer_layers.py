import torch
from transformers.models.switch_transformers import modeling_switch_transformers as switch

# Four layers; each sends every token to one expert, each to another one.
layers = [20 * torch.nn.functional.one_hot(torch.full((2, 8), i), 4).float() for i in range(4)]


def balance(logits):
    return switch.load_balancing_loss_func(logits.softmax(-1), logits.argmax(-1))


print([round(balance(logits).item(), 2) for logits in layers])
#> [4.0, 4.0, 4.0, 4.0]
print(round(balance(torch.cat(layers, dim=1)).item(), 2))
#> 1.0
