import torch

from reference_impl.position_embeddings import ALiBi

q = k = torch.zeros(1, 2, 1, 8)
scores = ALiBi(2).scores(q, k.expand(1, 2, 5, 8), torch.tensor([3]), torch.arange(5))
for head in scores[0, :, 0]:
    print([round(s, 4) for s in head.tolist()])
#> [-0.1875, -0.125, -0.0625, 0.0, -0.0625]
#> [-0.0117, -0.0078, -0.0039, 0.0, -0.0039]
