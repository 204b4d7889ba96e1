# requires: tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers

from reference_impl.tokenizers import Unigram

pieces = [("<unk>", 0.0), ("▁", -2.0), ("a", -2.5), ("b", -3.0), ("ab", -4.1), ("▁ab", -5.9)]
ours, theirs = Unigram(pieces), Tokenizer(models.Unigram(pieces, 0, False))
theirs.pre_tokenizer = pre_tokenizers.Metaspace()
for text in ("ab abba", "  a☃☃b", "", "aab\nb"):
    a, b = ours.encode(text), theirs.encode(text)
    print(a.tokens == b.tokens, a.ids == b.ids, a.offsets == b.offsets)
#> True True True
#> True True True
#> True True True
#> True True True
