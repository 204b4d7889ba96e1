import torch

from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)).eval()
parts = model.embeddings
ids = torch.tensor([[1, 7, 9, 2, 7, 2]])
types = torch.tensor([[0, 0, 0, 0, 1, 1]])

summed = parts.tokens.weight[ids] + parts.types.weight[types] + parts.positions.weight[:6]
mean, variance = summed.mean(-1, keepdim=True), summed.var(-1, keepdim=True, correction=0)
normed = (summed - mean) / (variance + 1e-12).sqrt() * parts.norm.weight + parts.norm.bias
print(torch.allclose(normed, model.hidden_states(ids, types)[0], atol=1e-5))
#> True
