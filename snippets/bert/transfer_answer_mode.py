import torch

from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)).requires_grad_(False)
ids = torch.tensor([[1, 7, 9, 2]])
print(torch.equal(model(ids), model(ids)))
#> False
model.eval()
print(torch.equal(model(ids), model(ids)))
#> True
