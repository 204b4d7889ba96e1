from reference_impl.tokenizers import WordPiece

vocab = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "who": 3, "?": 4, "me": 5}
encoding, type_ids = WordPiece(vocab).encode_for_model("Who?", "Me")
print(encoding.tokens)
#> ['[CLS]', 'who', '?', '[SEP]', 'me', '[SEP]']
print(type_ids)
#> [0, 0, 0, 0, 1, 1]
