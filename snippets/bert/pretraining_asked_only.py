import torch
from torch.nn.functional import cross_entropy

from reference_impl.bert import BertConfig, BertForPreTraining, mask_tokens

torch.manual_seed(0)
model = BertForPreTraining(BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16)).eval()
ids, labels = mask_tokens(torch.randint(5, 50, (4, 30)), mask_id=4, vocab=50)

everywhere = model(ids).tokens
whole = cross_entropy(everywhere.flatten(0, 1), labels.flatten(), ignore_index=-100)
print(torch.allclose(model.loss(ids, labels).tokens, whole))
#> True
print(everywhere.numel(), "scores, of which", (labels != -100).sum().item() * 50, "are needed")
#> 6000 scores, of which 1100 are needed
