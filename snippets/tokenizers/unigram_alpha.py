from reference_impl.tokenizers import Unigram

Unigram([("a", -1.0)], unk_id=None).sample("a", alpha=-0.5)
#! ValueError: expected alpha
