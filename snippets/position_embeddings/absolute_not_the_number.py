import torch
from torch.nn.functional import cosine_similarity

from reference_impl.position_embeddings import sinusoids

torch.manual_seed(0)
one, other = torch.randn(2, 512)  # the embeddings of two different tokens
for p in (0, 10, 100, 1000):
    wave = sinusoids(torch.tensor([p]), 512)[0]
    number = cosine_similarity(one + p, other + p, dim=0)
    print(
        p, f"number {number:.2f}, sinusoid {cosine_similarity(one + wave, other + wave, dim=0):.2f}"
    )
#> 0 number -0.07, sinusoid 0.30
#> 10 number 0.99, sinusoid 0.27
#> 100 number 1.00, sinusoid 0.28
#> 1000 number 1.00, sinusoid 0.28
