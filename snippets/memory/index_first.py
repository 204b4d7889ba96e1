import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig

config = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
model = GPT(config)
optimizer = torch.optim.AdamW(model.parameters())
ids, targets = torch.randint(1000, (2, 8, 128))
with LiveBytes() as meter:
    loss = model.loss(ids, targets)
activations = meter.live - 4  # all that forward made and that is still there, but the loss
loss.backward()
optimizer.step()


def size(tensors):
    return sum(t.numel() * t.element_size() for t in tensors)


state = [value for entries in optimizer.state.values() for value in entries.values()]
print("parameters ", size(model.parameters()))
#> parameters  1089024
print("gradients  ", size(p.grad for p in model.parameters()))
#> gradients   1089024
print("optimizer  ", size(state))
#> optimizer   2178256
print("activations", activations)
#> activations 17697792
