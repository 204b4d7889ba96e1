import torch

from reference_impl.position_embeddings import Sinusoidal

torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
x, order, at = torch.randn(1, 5, 8), torch.tensor([3, 0, 4, 1, 2]), torch.arange(5)
scheme = Sinusoidal(8)
a, b = scheme.embed(x, at), scheme.embed(x[:, order], at)
print(torch.allclose(layer(b, b, b)[0], layer(a, a, a)[0][:, order], atol=1e-2))
#> False
