import torch

torch.manual_seed(0)
x = torch.arange(6).reshape(1, 3, 2)  # three tokens, each with two heads of width 1
right = x.unflatten(-1, (2, 1)).transpose(1, 2)
wrong = x.view(1, 2, 3, 1)  # the same shape, without a word
print(right.flatten(2).tolist(), wrong.flatten(2).tolist())
#> [[[0, 2, 4], [1, 3, 5]]] [[[0, 1, 2], [3, 4, 5]]]
