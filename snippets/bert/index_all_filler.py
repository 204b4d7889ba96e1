import torch

from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
model = Bert(BertConfig(vocab=50, dim=8, layers=2, heads=2, hidden=16))
hidden = model(torch.tensor([[1, 7, 9, 2], [0, 0, 0, 0]]))
print(hidden.isfinite().all().item(), hidden[1].abs().max().item())
#> True 0.0
hidden[0].sum().backward()
print(all(p.grad.isfinite().all().item() for p in model.layers.parameters()))
#> True
