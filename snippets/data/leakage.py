import torch
from torch import nn

from reference_impl.data import document_mask, pack_whole

torch.manual_seed(0)
embed = nn.Embedding(100, 32)
layer = nn.TransformerEncoderLayer(32, nhead=4, batch_first=True).eval()
first, second = torch.randint(1, 100, (2, 20))
(block,) = pack_whole([first, second], size=42, eos=0)
mine = block.documents == 1


def output(ids, may_attend):
    # This module's boolean mask is True where attention is *not* allowed.
    return layer(embed(ids)[None], src_mask=~may_attend)[0]


causal = torch.ones(42, 42, dtype=torch.bool).tril()
within = document_mask(block.documents)
alone = output(block.ids[mine], causal[:21, :21])

for name, mask in (("across", causal), ("within", within)):
    packed = output(block.ids, mask)[mine]
    gap = (packed - alone).norm() / alone.norm()
    print(name, f"{gap:.3f}", torch.allclose(packed, alone, atol=1e-5))
#> across 0.148 False
#> within 0.000 True
