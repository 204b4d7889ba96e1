from reference_impl.tokenizers import train_bpe

corpus = ["low low low low low lower lower newest newest newest newest widest widest"]
trained = train_bpe(corpus, vocab_size=256 + 10)
print([left + right for left, right in trained.merges])
#> ['lo', 'low', 'es', 'Ġlow', 'est', 'ew', 'new', 'Ġnew', 'Ġnewest', 'dest']

tokenizer = trained.tokenizer()
encoding = tokenizer.encode("the lowest")
print(encoding.tokens)
#> ['t', 'h', 'e', 'Ġlow', 'est']
print(encoding.ids)
#> [83, 71, 68, 259, 260]
print(tokenizer.decode(encoding.ids))
#> the lowest
