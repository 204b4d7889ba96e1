import torch

from reference_impl.attention.tiled import online_softmax

scores = torch.tensor([90.0, 89.0, 88.0])
print(scores.exp().sum())
#> tensor(inf)
maximum, total = online_softmax(scores, block=1)
print(maximum, total, (scores - maximum).exp() / total)
#> tensor([90.]) tensor([1.5032]) tensor([0.6652, 0.2447, 0.0900])
print(*online_softmax(torch.full((4,), -torch.inf)))
#> tensor([-inf]) tensor([0.])
