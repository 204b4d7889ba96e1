from unicodedata import normalize

one, two = "caf\u00e9", "cafe\u0301"
print(one == two, normalize("NFC", two) == one, normalize("NFD", one) == two)
#> False True True

for text in ["ﬁ", "①", "x²", "Ｌ", "½"]:
    print(text, normalize("NFC", text) == text, normalize("NFKC", text))
#> ﬁ True fi
#> ① True 1
#> x² True x2
#> Ｌ True L
#> ½ True 1⁄2
