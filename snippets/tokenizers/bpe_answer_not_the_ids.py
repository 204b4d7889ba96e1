from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["low low lowest lowest"], 262).tokenizer()
ids = [tokenizer.vocab[letter] for letter in "low"]
text = tokenizer.decode(ids)
print(text, ids, tokenizer.encode(text).ids)
#> low [75, 78, 86] [257]
