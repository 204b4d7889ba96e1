import torch

from reference_impl.position_embeddings import TransformerXL

torch.manual_seed(0)
q, k = torch.randn(2, 1, 2, 4, 8)
xl, at = TransformerXL(heads=2, head_dim=8), torch.arange(4)
torch.nn.init.normal_(xl.content_bias), torch.nn.init.normal_(xl.distance_bias)
u, v = xl.content_bias[:, None], xl.distance_bias[:, None]

distance = at[:, None] - at[None, :]  # query minus key
r = xl.distance_keys(distance.flatten()).unflatten(1, (4, 4))  # heads, queries, keys, 8
content = q @ k.mT
where = (q.unsqueeze(-2) * r).sum(-1)
which = (u @ k.mT).expand(-1, -1, 4, -1)
how_far = (v.unsqueeze(-2) * r).sum(-1)
by_hand = (content + where + which + how_far) / 8**0.5
print(torch.allclose(content / 8**0.5 + xl.scores(q, k, at, at), by_hand, atol=1e-5))
#> True
