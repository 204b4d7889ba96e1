from reference_impl.tokenizers import WordPiece

vocab = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "j": 3, "##ose": 4, "lives": 5, "here": 6}
text = "José lives here"
names = [(0, 4)]  # José, in characters of the text as given
encoding, _ = WordPiece(vocab).encode_for_model(text)
for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True):
    label = "NAME" if any(a <= start < end <= b for a, b in names) else "-"
    print(token, (start, end), label)
#> [CLS] (0, 0) -
#> j (0, 1) NAME
#> ##ose (1, 4) NAME
#> lives (5, 10) -
#> here (11, 15) -
#> [SEP] (0, 0) -
