import torch

from reference_impl.position_embeddings.rotary import convert_weights

bias = torch.arange(12)
print(convert_weights(bias, heads=2, to="half-split", rotary_dim=4).tolist())
#> [0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11]
