from reference_impl.tokenizers import Unigram

pieces = [("<unk>", 0.0), ("▁", -2.0), ("a", -2.5)]
print(Unigram(pieces).encode("a☃☃").tokens)  # unknown neighbours are one token
#> ['▁', 'a', '☃☃']
Unigram(pieces, unk_id=None).encode("a☃")
#! ValueError: expected characters of the vocabulary or an unk_id, got '☃' in '▁a☃'
