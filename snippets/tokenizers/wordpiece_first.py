from reference_impl.tokenizers import WordPiece

vocab = {"[UNK]": 0, "un": 1, "##aff": 2, "##able": 3, "walk": 4, "##ing": 5, "!": 6}
tokenizer = WordPiece(vocab)
text = "Unaffable walking, walks!"
encoding = tokenizer.encode(text)
print(encoding.tokens)
#> ['un', '##aff', '##able', 'walk', '##ing', '[UNK]', '[UNK]', '!']
print([text[start:end] for start, end in encoding.offsets])
#> ['Un', 'aff', 'able', 'walk', 'ing', ',', 'walks', '!']
