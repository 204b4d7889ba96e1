from reference_impl.tokenizers import train_bpe

trained = train_bpe(["low low low"], 260)
print(trained.tokenizer().encode("low low").offsets)
#> [(0, 3), (3, 7)]
print(trained.tokenizer(trim_offsets=True).encode("low low").offsets)
#> [(0, 3), (4, 7)]
