from reference_impl.tokenizers import Unigram

model = Unigram([("a", -1.0), ("b", -1.0), ("ab", -2.0)], unk_id=None)
print(model.n_best("ab", 2))
#> [(['ab'], -2.0), (['a', 'b'], -2.0)]
