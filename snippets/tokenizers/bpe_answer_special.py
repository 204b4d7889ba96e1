from reference_impl.tokenizers import train_bpe

trained = train_bpe(["end of text"], 260, special_tokens=["<|end|>"])
tokenizer = trained.tokenizer()
print(tokenizer.encode("text<|end|>").tokens[-1], tokenizer.vocab["<|end|>"])
#> <|end|> 0
print(len(tokenizer.encode_ordinary("<|end|>")))
#> 7
