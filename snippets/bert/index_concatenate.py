import torch

token, position = torch.randn(5), torch.randn(3)
side_by_side = torch.cat((token, position))
matrix = torch.randn(4, 8)
left, right = matrix[:, :5], matrix[:, 5:]
print(torch.allclose(matrix @ side_by_side, left @ token + right @ position, atol=1e-6))
#> True
