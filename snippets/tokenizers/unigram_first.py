from reference_impl.tokenizers import Unigram

pieces = [("<unk>", 0.0), ("▁", -2.0), ("h", -4.0), ("u", -4.0), ("g", -4.0), ("s", -3.0)]
pieces += [("ug", -5.0), ("hug", -6.5), ("gs", -6.0), ("▁hug", -9.0)]
tokenizer = Unigram(pieces)
for tokens, score in tokenizer.n_best("▁hugs", 4):
    print(round(score, 1), tokens)
#> -11.5 ['▁', 'hug', 's']
#> -12.0 ['▁hug', 's']
#> -14.0 ['▁', 'h', 'ug', 's']
#> -16.0 ['▁', 'h', 'u', 'gs']
print(tokenizer.encode("hugs").tokens)
#> ['▁', 'hug', 's']
