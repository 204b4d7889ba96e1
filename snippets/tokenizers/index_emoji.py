from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["👍 👍 good 👍"], 262).tokenizer()
for text in ["👍", "👎", "👍🏽", "👨‍👩‍👧"]:
    encoding = tokenizer.encode(text)
    print(text, len(encoding), "tokens for", len(text), "code points")
#> 👍 1 tokens for 1 code points
#> 👎 3 tokens for 1 code points
#> 👍🏽 4 tokens for 2 code points
#> 👨‍👩‍👧 15 tokens for 5 code points
