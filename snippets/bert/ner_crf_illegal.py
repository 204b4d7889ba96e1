import torch

from reference_impl.bert import LinearChainCRF, allowed_transitions

crf = LinearChainCRF(3, allowed_transitions(("O", "B-PER", "I-PER")))
crf(torch.zeros(1, 3, 3), torch.tensor([[0, 2, 0]]))  # I-PER after O
#! ValueError: expected tags that the constraints allow, got 2 after 0 in row 0 at place 1
