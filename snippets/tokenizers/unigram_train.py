from reference_impl.tokenizers import train_unigram

corpus = ["low lower lowest slow slower", "new newer newest newly"] * 20
trained = train_unigram(corpus, vocab_size=24)
tokenizer = trained.tokenizer
print(len(tokenizer.vocab), [t for t in tokenizer.vocab if len(t) > 2][:6])
#> 17 ['<unk>', '▁new', '▁slow', '▁lowe', '▁newe', '▁low']
print(tokenizer.encode("slowest new").tokens)
#> ['▁slow', 'e', 's', 't', '▁new']
print(tokenizer.decode(tokenizer.encode("slowest new").ids))
#> slowest new
