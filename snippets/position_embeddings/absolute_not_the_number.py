import torch
from torch.nn.functional import cosine_similarity

from reference_impl.position_embeddings import sinusoids

torch.manual_seed(0)
one, other = torch.randn(2, 512)  # the embeddings of two different tokens
for p in (0, 10, 100, 1000):
    for name, place in (("number", p), ("sinusoid", sinusoids(torch.tensor([p]), 512)[0])):
        alike = cosine_similarity(one + place, other + place, dim=0)
        print(p, name, f"{alike:.2f}")
#> 0 number -0.07
#> 0 sinusoid 0.30
#> 10 number 0.99
#> 10 sinusoid 0.27
#> 100 number 1.00
#> 100 sinusoid 0.28
#> 1000 number 1.00
#> 1000 sinusoid 0.28
