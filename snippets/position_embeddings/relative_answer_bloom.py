import torch

from reference_impl.position_embeddings import ALiBi, alibi_slopes

at, q = torch.arange(6), torch.zeros(1, 4, 6, 2)
later = at[None] > at[:, None]
penalty = ALiBi(4).scores(q, q, at, at).masked_fill(later, -torch.inf)
slopes = torch.tensor(alibi_slopes(4))[:, None, None]
by_key = (slopes * at).expand(4, 6, 6).masked_fill(later, -torch.inf)
print(torch.allclose(penalty.softmax(-1), by_key.softmax(-1)[None]))
#> True
