import torch

from reference_impl.bert import BertClassifier, BertConfig

torch.manual_seed(0)
model = BertClassifier(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16), classes=4)
model.bert.requires_grad_(False)
model.bert.eval()  # no dropout in what can't learn
loss = model.loss(torch.tensor([[1, 7, 2]]), torch.tensor([3]))
loss.backward()
print([name for name, p in model.named_parameters() if p.grad is not None])
#> ['classifier.weight', 'classifier.bias']
