from unicodedata import normalize

from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe(["caf\u00e9 caf\u00e9"], 260).tokenizer()
typed, pasted = "caf\u00e9", "cafe\u0301"
print(tokenizer.encode(typed).tokens)
#> ['cafÃ©']
print(tokenizer.encode(pasted).tokens)
#> ['caf', 'e', 'Ì', 'ģ']
print(tokenizer.encode(normalize("NFC", pasted)).tokens)
#> ['cafÃ©']
