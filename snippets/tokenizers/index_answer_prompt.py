from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["the answer is yes, the answer is yes"], 280).tokenizer()
print(tokenizer.encode("the answer is yes").tokens)
#> ['the', 'Ġanswer', 'Ġis', 'Ġyes']
print(tokenizer.encode("the answer is ").tokens)
#> ['the', 'Ġanswer', 'Ġis', 'Ġ']
