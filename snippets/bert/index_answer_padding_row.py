import torch

from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16))
model(torch.tensor([[1, 7, 2, 0]])).sum().backward()
table = model.embeddings.tokens
print(table.weight[0].abs().max().item(), table.weight.grad[0].abs().max().item())
#> 0.0 0.0
print(table.weight.grad[7].abs().max().item() > 0)
#> True
