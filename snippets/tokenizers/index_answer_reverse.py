import regex

text = "n\u0303u 👍🏽"
print(text[::-1] == "".join(reversed(regex.findall(r"\X", text))))
#> False
print("".join(reversed(regex.findall(r"\X", text))))
#> 👍🏽 uñ
