from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"[UNK]": 0, "café": 1, "cafe": 2, "a": 3, "##b": 4, "-": 5})
for text in ("Café", "ab-a  b"):
    print(tokenizer.decode(tokenizer.encode(text).ids))
#> cafe
#> ab - a
