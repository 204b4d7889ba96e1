from reference_impl.tokenizers import train_bpe

for corpus in (["ab cd"], ["cd ab"]):
    print(train_bpe(corpus, 258, min_frequency=1).merges)
#> [('a', 'b'), ('c', 'd')]
#> [('a', 'b'), ('c', 'd')]
