import itertools

import torch

from reference_impl.bert import LinearChainCRF

crf = LinearChainCRF(3)  # O, B, I
with torch.no_grad():
    crf.transitions.copy_(torch.tensor([[0.0, 0.0, -9.0], [0.0, 0.0, 2.0], [0.0, 0.0, 1.0]]))
emissions = torch.tensor([[[1.0, 0.8, 0.9], [0.2, 0.0, 1.0], [0.9, 0.1, 0.3]]])  # three words
print("each word alone:", emissions[0].argmax(-1).tolist())
#> each word alone: [0, 2, 0]
print("the best path:  ", crf.viterbi(emissions)[0])
#> the best path:   [1, 2, 2]
paths = torch.tensor(list(itertools.product(range(3), repeat=3)))  # all 27
scores = crf.path_score(emissions.expand(27, -1, -1), paths)
print("all written out:", paths[scores.argmax()].tolist())
#> all written out: [1, 2, 2]
