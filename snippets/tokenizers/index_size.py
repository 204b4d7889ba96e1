from pydoc_data.topics import topics

from reference_impl.tokenizers import train_bpe

text = "\n".join(topics.values())
count = {size: len(train_bpe([text], size).tokenizer().encode(text)) for size in (256, 500, 4000)}
print(count[256] == len(text.encode()))
#> True
print(count[256] > 2 * count[500], count[256] > 4 * count[4000], count[256] > 8 * count[4000])
#> True True False
