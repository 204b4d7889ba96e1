import regex

texts = ["e", "é", "e\u0301", "汉", "👍", "👍🏽", "👨‍👩‍👧", "नि"]
print("bytes, code points, graphemes")
#> bytes, code points, graphemes
for text in texts:
    print(len(text.encode()), len(text), len(regex.findall(r"\X", text)), text)
#> 1 1 1 e
#> 2 1 1 é
#> 3 2 1 é
#> 3 1 1 汉
#> 4 1 1 👍
#> 8 2 1 👍🏽
#> 18 5 1 👨‍👩‍👧
#> 6 2 1 नि
