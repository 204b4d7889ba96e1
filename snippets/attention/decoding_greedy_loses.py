import torch

from reference_impl.attention import beam_search

table = torch.tensor(  # row: the last token, column: the next one
    [[0.0, 0.6, 0.4, 0.0], [0.4, 0.3, 0.3, 0.0], [0.9, 0.1, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
)
start = torch.tensor([0])
for beams in (1, 2):
    best = beam_search(
        lambda ids: table.log()[ids[:, -1]], start, beams, max_new_tokens=2, length_penalty=0.0
    )
    print(beams, best[0].ids, round(torch.tensor(best[0].score).exp().item(), 2))
#> 1 [0, 1, 0] 0.24
#> 2 [0, 2, 0] 0.36
