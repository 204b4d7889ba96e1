import torch

from reference_impl.position_embeddings import Sinusoidal

same_word = torch.zeros(1, 3, 4)  # three times the same token
print(Sinusoidal(dim=4).embed(same_word, torch.arange(3))[0])
#> tensor([[ 0.0000,  1.0000,  0.0000,  1.0000],
#>         [ 0.8415,  0.5403,  0.0100,  0.9999],
#>         [ 0.9093, -0.4161,  0.0200,  0.9998]])
