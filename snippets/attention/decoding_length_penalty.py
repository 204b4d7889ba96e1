import torch

from reference_impl.attention import beam_search

END = 2
table = torch.tensor([[0.55, 0.0, 0.45], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
for penalty in (0.0, 1.0):
    best = beam_search(
        lambda ids: table.log()[ids[:, -1]],
        torch.tensor([0]),
        beams=3,
        max_new_tokens=4,
        stop=END,
        length_penalty=penalty,
    )
    print(penalty, best[0].ids, round(best[0].score, 3))
#> 0.0 [0, 2] -0.799
#> 1.0 [0, 0, 0, 0, 0] -0.598
