from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"[UNK]": 0, "a": 1, "##a": 2})
for length in (100, 101):
    print(length, len(tokenizer.encode("a" * length)), tokenizer.encode("a" * length).tokens[:2])
#> 100 100 ['a', '##a']
#> 101 1 ['[UNK]']
