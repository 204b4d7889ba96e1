from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"[UNK]": 0, "play": 1, "##ing": 2, "ing": 3})
print(tokenizer.encode("playing ing").tokens)
#> ['play', '##ing', 'ing']
