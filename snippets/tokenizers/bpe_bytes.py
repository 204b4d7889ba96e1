from reference_impl.tokenizers import from_byte_level, to_byte_level

for text in ["low", " low", "né", "汉", "😀"]:
    data = text.encode()
    print(repr(text), list(data), to_byte_level(data))
#> 'low' [108, 111, 119] low
#> ' low' [32, 108, 111, 119] Ġlow
#> 'né' [110, 195, 169] nÃ©
#> '汉' [230, 177, 137] æ±ī
#> '😀' [240, 159, 152, 128] ðŁĺĢ
print(from_byte_level("Ġlow"))
#> b' low'
