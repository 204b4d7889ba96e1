import torch

from reference_impl.bert import BertClassifier, BertConfig

model = BertClassifier(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16), classes=4)
ids = torch.tensor([[1, 7, 2], [1, 9, 2]])
print(model.loss(ids, torch.tensor([0, 3])).shape)
#> torch.Size([])
model.loss(ids, torch.tensor([1, 4]))  # counted from 1
#! ValueError: expected labels from 0 to 3, or -100, got 4
