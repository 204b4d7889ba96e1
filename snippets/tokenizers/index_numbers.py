from reference_impl.tokenizers import train_bpe

years = " ".join(str(year) for year in range(1900, 2030))
tokenizer = train_bpe([years], 300).tokenizer()
for number in ["1984", "1985", "1884", "19840", "198400"]:
    print(number, tokenizer.encode(" " + number).tokens)
#> 1984 ['Ġ198', '4']
#> 1985 ['Ġ198', '5']
#> 1884 ['Ġ', '1', '8', '8', '4']
#> 19840 ['Ġ198', '4', '0']
#> 198400 ['Ġ198', '4', '0', '0']
