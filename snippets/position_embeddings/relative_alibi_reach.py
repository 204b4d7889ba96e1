import torch

from reference_impl.position_embeddings import ALiBi

q, k = torch.zeros(1, 8, 1, 4), torch.zeros(1, 8, 4096, 4)
at = torch.arange(4096)
weights = ALiBi(8).scores(q, k, at[-1:], at).softmax(-1)[0, :, 0]
reach = (weights.flip(-1).cumsum(-1) < 0.9).sum(-1) + 1
print("keys that hold 90 % of the weight:", reach.tolist())
#> keys that hold 90 % of the weight: [5, 10, 19, 37, 74, 148, 295, 590]
