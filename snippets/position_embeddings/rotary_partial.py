import torch

from reference_impl.position_embeddings import Rotary, convert_weights

x = torch.arange(1.0, 9.0).reshape(1, 8)
turned = Rotary(8, fraction=0.5).turn(x, torch.tensor([3]))
print((turned == x)[0].tolist())
#> [False, False, False, False, True, True, True, True]
rows = convert_weights(torch.arange(8), heads=1, to="interleaved", rotary_dim=4)
print(rows.tolist())
#> [0, 2, 1, 3, 4, 5, 6, 7]
