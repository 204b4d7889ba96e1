# requires: tokenizers
from tokenizers import ByteLevelBPETokenizer

from reference_impl.tokenizers import BytePairEncoding

vocab = {"l": 0, "o": 1, "lo": 2}
theirs = ByteLevelBPETokenizer(vocab, [("l", "o")])
print(theirs.encode("lot").tokens)
#> ['lo']

ours = BytePairEncoding(vocab, [("l", "o")])
ours.encode("lot")
#! ValueError: expected bytes of the vocabulary or an unk_token, got the byte 0x74 in 'lot'
