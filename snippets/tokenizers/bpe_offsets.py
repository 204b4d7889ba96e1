from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["naïve naïve"], 260).tokenizer()
text = "a naïve 汉"
encoding = tokenizer.encode(text)
for token, (start, end) in zip(encoding.tokens, encoding.offsets):
    print(token, (start, end), repr(text[start:end]))
#> a (0, 1) 'a'
#> Ġ (1, 2) ' '
#> naÃ (2, 5) 'naï'
#> ¯ve (4, 7) 'ïve'
#> Ġ (7, 8) ' '
#> æ (8, 9) '汉'
#> ± (8, 9) '汉'
#> ī (8, 9) '汉'
