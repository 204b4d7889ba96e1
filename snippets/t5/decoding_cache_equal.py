import torch

from reference_impl.attention import generate
from reference_impl.t5 import T5, T5Config

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=2, decoder_layers=2)
).eval()
source = torch.randint(2, 50, (3, 6))
with torch.no_grad():
    memory, mask = model.encode(source)
    start = torch.zeros(3, 1, dtype=torch.long)
    plain = generate(lambda ids: model.decode(ids, memory, mask)[:, -1], start, 12, stop=1, pad=0)
print(torch.equal(model.generate(source, 12), plain))
#> True
