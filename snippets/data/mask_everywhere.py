import torch
from torch import nn

from reference_impl.data import pad_batch

torch.manual_seed(0)
embed = nn.Embedding(50, 16)
layer = nn.TransformerEncoderLayer(16, nhead=2, batch_first=True).eval()
texts = [torch.randint(1, 50, (n,)) for n in (4, 9)]
ids, mask = pad_batch(texts)
alone = layer(embed(texts[0])[None]).mean(dim=1)[0]


def pooled(in_attention, in_mean):
    hidden = layer(embed(ids), src_key_padding_mask=~mask if in_attention else None)
    weights = mask if in_mean else torch.ones_like(mask)
    return (hidden * weights[..., None]).sum(dim=1)[0] / weights.sum(dim=1)[0]


for in_attention in (False, True):
    for in_mean in (False, True):
        same = torch.allclose(pooled(in_attention, in_mean), alone, atol=1e-5)
        print(f"in attention: {in_attention}, in the mean: {in_mean}, as alone: {same}")
#> in attention: False, in the mean: False, as alone: False
#> in attention: False, in the mean: True, as alone: False
#> in attention: True, in the mean: False, as alone: False
#> in attention: True, in the mean: True, as alone: True
