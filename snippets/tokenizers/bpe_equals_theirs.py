# requires: tokenizers
import json
from pydoc_data.topics import topics

from tokenizers import ByteLevelBPETokenizer

from reference_impl.tokenizers import train_bpe

text = "\n".join(topics.values())
theirs = ByteLevelBPETokenizer()
theirs.train_from_iterator([text], vocab_size=2000, show_progress=False)
model = json.loads(theirs.to_str())["model"]

ours = train_bpe([text], vocab_size=2000)
print(ours.vocab == model["vocab"], ours.merges == [tuple(m) for m in model["merges"]])
#> True True
a, b = ours.tokenizer().encode(text), theirs.encode(text)
print(a.ids == b.ids, a.tokens == b.tokens, a.offsets == b.offsets)
#> True True True
