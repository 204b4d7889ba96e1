import torch

pixels = torch.zeros(32, 32, 3, dtype=torch.uint8)  # as image files store them
image = pixels.permute(2, 0, 1)[None]
print(tuple(image.shape), image.stride(), image.is_contiguous())
#> (1, 3, 32, 32) (3, 1, 96, 3) False
print(image.is_contiguous(memory_format=torch.channels_last))
#> True
print(image.float().stride())
#> (3, 1, 96, 3)
