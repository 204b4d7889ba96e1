import torch

from reference_impl.bert import LinearChainCRF

crf = LinearChainCRF(2)
with torch.no_grad():
    crf.transitions[:] = torch.tensor([[2.0, -9.0], [0.0, 0.0]])
emissions = torch.tensor([[[0.0, 1.9], [0.0, 0.0]]])
print(crf.viterbi(emissions)[0], crf.marginals(emissions)[0].argmax(-1).tolist())
#> [0, 0] [1, 0]
