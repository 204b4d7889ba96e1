from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe([], 256).tokenizer()
latin = "café".encode("latin-1")
try:
    tokenizer.encode_bytes(latin)
except ValueError as error:
    print(error)
    #> expected UTF-8, got the byte 0xe9 at position 3 (unexpected end of data)
try:
    tokenizer.encode("half of 😀: \ud83d")
except ValueError as error:
    print(error)
    #> expected text that UTF-8 can encode, got the surrogate U+D83D at position 11
tokenizer.decode([72, 300])
#! IndexError: expected an id of the vocabulary, 0 to 255, got 300
