from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["the cat saw the cat and then the cat ran"], 270).tokenizer()
for text in ["the cat", " the cat", "the  cat", "cat", "the ", "The cat"]:
    print(repr(text), tokenizer.encode(text).tokens)
#> 'the cat' ['the', 'Ġcat']
#> ' the cat' ['Ġthe', 'Ġcat']
#> 'the  cat' ['the', 'Ġ', 'Ġcat']
#> 'cat' ['cat']
#> 'the ' ['the', 'Ġ']
#> 'The cat' ['T', 'he', 'Ġcat']
