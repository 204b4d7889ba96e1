import torch

from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)).eval()
ids = torch.tensor([[1, 7, 9, 2]])
folded = Bert(model.config).eval()
folded.load_state_dict(model.state_dict())
folded.embeddings.positions.weight.data += folded.embeddings.types.weight[0]
folded.embeddings.types.weight.data.zero_()
print(torch.allclose(model(ids), folded(ids), atol=1e-6))
#> True
