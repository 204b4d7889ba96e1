from reference_impl.tokenizers import train_wordpiece

corpus = ["low lower lowest"] * 4 + ["new newer newest"] * 3
tokenizer = train_wordpiece(corpus, vocab_size=30, special_tokens=["[UNK]"])
print(list(tokenizer.vocab)[:9])  # first what a word may begin with, ...
#> ['[UNK]', 'e', 'l', 'n', 'o', 'r', 's', 't', 'w']
print(list(tokenizer.vocab)[9:15])  # ... then what may stand inside, ...
#> ['##o', '##w', '##e', '##r', '##s', '##t']
print(list(tokenizer.vocab)[15:])  # ... then the merges
#> ['##we', 'lo', 'ne', 'lowe', '##st', 'newe', 'low', 'lower', 'lowest', 'new', 'newer', 'newest']
print(tokenizer.encode("slowest newer").tokens)
#> ['[UNK]', 'newer']
