import torch
from torch.utils.data import DataLoader

images = torch.zeros(3, 28, 28)
print([tuple(batch.shape) for batch in DataLoader(images, batch_size=None)])
#> [(28, 28), (28, 28), (28, 28)]
print([tuple(batch.shape) for batch in DataLoader(images, batch_size=1)])
#> [(1, 28, 28), (1, 28, 28), (1, 28, 28)]
