import torch

from reference_impl.bert import BertConfig, BertForPreTraining

torch.manual_seed(0)
model = BertForPreTraining(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16))
ids = torch.tensor([[1, 4, 2, 0, 0, 0, 0, 0]])
asked = torch.tensor([[-100, 9, -100, -100, -100, -100, -100, -100]])
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(30):
    optimizer.zero_grad()
    model.loss(ids, asked.clamp(min=0)).total.backward()  # 0 where -100 belongs
    optimizer.step()
print(model(ids).tokens[0].argmax(-1).tolist())
#> [0, 9, 0, 0, 0, 0, 0, 0]
