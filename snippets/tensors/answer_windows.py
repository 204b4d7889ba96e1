import torch

text = torch.arange(8)
windows = text.as_strided((5, 4), (1, 1))
print(windows)
#> tensor([[0, 1, 2, 3],
#>         [1, 2, 3, 4],
#>         [2, 3, 4, 5],
#>         [3, 4, 5, 6],
#>         [4, 5, 6, 7]])
print(torch.equal(windows, text.unfold(0, 4, 1)), windows.untyped_storage().nbytes())
#> True 64
