import regex

from reference_impl.tokenizers import train_bpe

years = " ".join(str(year) for year in range(1900, 2030))
tokenizer = train_bpe([years], 300).tokenizer()
for text in [" 1984", " 198400"]:
    pieces = regex.findall(r"\p{N}|[^\p{N}]+", text)
    print([token for piece in pieces for token in tokenizer.encode(piece).tokens])
#> ['Ġ', '1', '9', '8', '4']
#> ['Ġ', '1', '9', '8', '4', '0', '0']
