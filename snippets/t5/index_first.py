import torch

from reference_impl.t5 import T5, T5Config, shift_right

torch.manual_seed(0)
config = T5Config(vocab=100, dim=32, head_dim=8, heads=4, hidden=64, layers=2, decoder_layers=2)
model = T5(config).eval()
source = torch.tensor([[17, 42, 8, 1], [23, 9, 1, 0]])  # 1 ends a text, 0 is filler
labels = torch.tensor([[55, 3, 1], [61, 1, -100]])
print(model(source, shift_right(labels)).shape)
#> torch.Size([2, 3, 100])
print(model.generate(source, max_new_tokens=5).shape)  # the start, and five more
#> torch.Size([2, 6])
