from reference_impl.tokenizers import WordPiece

letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
pieces = ["[UNK]", *letters, *(f"##{letter}" for letter in letters)]
tokenizer = WordPiece({piece: number for number, piece in enumerate(pieces)})
print(tokenizer.encode("smorgasbord").tokens[:4])
#> ['s', '##m', '##o', '##r']
print(tokenizer.encode("smørgåsbord").tokens)  # ø has no accent to drop: it is a letter
#> ['[UNK]']
