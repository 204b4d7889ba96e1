import torch

from reference_impl.bert import BertConfig, BertForPreTraining

model = BertForPreTraining(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16))
ids, labels = torch.tensor([[1, 4, 2]]), torch.tensor([[-100, 9, -100]])
print(model.loss(ids, labels).tokens.item() > 0)
#> True
model.loss(ids, torch.tensor([[-1, 9, -1]]))
#! ValueError: expected labels from 0 to 49, or -100, got -1
