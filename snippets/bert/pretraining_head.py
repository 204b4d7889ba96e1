import torch
from torch.nn.functional import gelu

from reference_impl.bert import BertConfig, BertForPreTraining

torch.manual_seed(0)
model = BertForPreTraining(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)).eval()
ids = torch.tensor([[1, 4, 9, 2]])
hidden, head = model.bert(ids), model.head
table = model.bert.embeddings.tokens.weight
by_hand = head.norm(gelu(head.dense(hidden))) @ table.T + head.bias
print(torch.allclose(by_hand, model(ids).tokens, atol=1e-6), by_hand.shape)
#> True torch.Size([1, 4, 50])
print(sum(p.shape == (50, 8) for p in model.parameters()), "matrix of this shape")
#> 1 matrix of this shape
