import torch

right = torch.zeros(256)
right[:48] = 1.0  # a model that fails from position 48 on
print(f"whole text of 64: {right[:64].mean():.2f}, its last 16: {right[48:64].mean():.2f}")
#> whole text of 64: 0.75, its last 16: 0.00
