import torch

labels = torch.zeros(2, 20, dtype=torch.long)  # 0 is O, and the filler too
labels[0, :4] = torch.tensor([1, 2, 0, 3])  # 4 words in the first sentence
labels[1, 0] = 1  # 1 word in the second
nothing = torch.zeros_like(labels)
print(nothing.eq(labels).sum().item() / labels.numel())  # counts the filler, as the example does
#> 0.9
real = torch.arange(20) < torch.tensor([[4], [1]])
print(round(nothing.eq(labels)[real].float().mean().item(), 1))
#> 0.2
