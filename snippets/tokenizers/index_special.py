from reference_impl.tokenizers import train_bpe

trained = train_bpe(["one text another text"], 262, special_tokens=["<s>", "</s>"])
tokenizer = trained.tokenizer()
begin, end = tokenizer.vocab["<s>"], tokenizer.vocab["</s>"]
ids = [begin, *tokenizer.encode("one text").ids, end]
print(begin, end, ids)
#> 0 1 [0, 80, 79, 70, 261, 1]
print(tokenizer.decode(ids))
#> one text
print(tokenizer.decode(ids, skip_special_tokens=False))
#> <s>one text</s>
print(tokenizer.encode("I typed </s> here").tokens[-6:])
#> ['</s>', 'Ġ', 'h', 'e', 'r', 'e']
