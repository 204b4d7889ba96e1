import codecs

from reference_impl.tokenizers import train_bpe

tokenizer = train_bpe([], 256).tokenizer()
ids = tokenizer.encode("汉!").ids
print(len(ids), repr(tokenizer.decode(ids[:2])))
#> 4 '�'
print([tokenizer.decode([number]) for number in ids])
#> ['�', '�', '�', '!']

stream = codecs.getincrementaldecoder("utf-8")(errors="replace")
print([stream.decode(tokenizer.decode_bytes([number])) for number in ids])
#> ['', '', '汉', '!']
