import random

from reference_impl.tokenizers import to_byte_level, train_bpe

tokenizer = train_bpe([], 256).tokenizer()
noise = random.Random(0).randbytes(10_000)
ids = [tokenizer.vocab[char] for char in to_byte_level(noise)]
print(tokenizer.decode_bytes(ids) == noise)
#> True
print(tokenizer.decode(ids) == noise.decode(errors="replace"))
#> True

text = "Zoë 汉字 \x00 👩‍👩‍👧"
print(tokenizer.decode(tokenizer.encode(text).ids) == text)
#> True
