from reference_impl.tokenizers import BytePairEncoding

vocab = {token: number for number, token in enumerate(["a", "b", "c", "bc", "ab"])}
tokenizer = BytePairEncoding(vocab, [("b", "c"), ("a", "b")])
print(tokenizer.encode("abc").tokens)
#> ['a', 'bc']
print(tokenizer.encode("abab").tokens)
#> ['ab', 'ab']
