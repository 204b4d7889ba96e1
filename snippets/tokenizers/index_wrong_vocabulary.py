from reference_impl.tokenizers import train_bpe

first = train_bpe(["the cat sat on the mat"], 262).tokenizer()
second = train_bpe(["a dog, a hog, a frog"], 258).tokenizer()
print(second.decode(first.encode("sat").ids))
#> sog
second.decode(first.encode("the mat").ids)
#! IndexError: expected an id of the vocabulary, 0 to 257, got 258
