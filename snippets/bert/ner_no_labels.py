import torch
from torch.nn.functional import cross_entropy

from reference_impl.bert import tag_loss

scores, labels = torch.zeros(1, 3, 9), torch.full((1, 3), -100)  # nothing but padding
print(cross_entropy(scores.flatten(0, 1), labels.flatten()))
#> tensor(nan)
tag_loss(scores, labels)
#! ValueError: expected a label that is not -100, got none: the mean would be nan
