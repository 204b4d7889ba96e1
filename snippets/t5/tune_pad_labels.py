import torch

from reference_impl.t5 import T5, T5Config

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=1, decoder_layers=1)
).eval()
source = torch.randint(2, 50, (1, 6))
short, padded = torch.tensor([[7, 8, 1]]), torch.tensor([[7, 8, 1, 0, 0, 0, 0, 0, 0]])
right = padded.masked_fill(padded == 0, -100)
loss = model.loss(source, short)
print(
    torch.allclose(model.loss(source, right), loss),
    torch.allclose(model.loss(source, padded), loss),
)
#> True False
