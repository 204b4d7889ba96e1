import torch

from reference_impl.bert import tag_loss

torch.manual_seed(0)
scores = torch.randn(1, 5, 3)  # five tokens, three tags
labels = torch.tensor([[-100, 1, 2, -100, -100]])
alone = tag_loss(scores[:, 1:3], labels[:, 1:3])
print(torch.equal(tag_loss(scores, labels), alone))
#> True
