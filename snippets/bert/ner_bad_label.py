import torch

from reference_impl.bert import tag_loss

scores = torch.zeros(1, 2, 9)  # O, and B and I of four labels
tag_loss(scores, torch.tensor([[0, 9]]))
#! ValueError: expected labels from 0 to 8, or -100, got 9
