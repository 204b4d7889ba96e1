from reference_impl.tokenizers import Unigram

model = Unigram([("a" * n, -1.0) for n in range(1, 17)], unk_id=None)
for length in (4, 8, 12):
    print(length, len(model.n_best("a" * length, 10_000)))
#> 4 8
#> 8 128
#> 12 2048
