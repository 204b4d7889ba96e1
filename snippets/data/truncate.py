import torch

CLS, SEP = 1, 2
text = torch.arange(10, 30)  # 20 tokens
size = 8

right = torch.cat([torch.tensor([CLS]), text[: size - 2], torch.tensor([SEP])])
print(right.tolist())
#> [1, 10, 11, 12, 13, 14, 15, 2]

wrong = torch.cat([torch.tensor([CLS]), text, torch.tensor([SEP])])[:size]
print(wrong.tolist(), SEP in wrong)
#> [1, 10, 11, 12, 13, 14, 15, 16] False
