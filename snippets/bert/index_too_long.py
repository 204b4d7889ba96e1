import torch

from reference_impl.bert import Bert, BertConfig

model = Bert(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16, context=4))
print(model(torch.tensor([[1, 7, 9, 2]])).shape)
#> torch.Size([1, 4, 8])
model(torch.tensor([[1, 7, 9, 8, 2]]))
#! ValueError: expected at most 4 tokens, the rows of the position table, got 5
