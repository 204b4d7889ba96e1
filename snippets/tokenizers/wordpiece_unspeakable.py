from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"walk": 0, "##ing": 1})  # no [UNK]
print(tokenizer.encode("walking").tokens)
#> ['walk', '##ing']
tokenizer.encode("walked")
#! ValueError: expected a word that the vocabulary can spell
