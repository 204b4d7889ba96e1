from pydoc_data.topics import topics

from reference_impl.tokenizers import split_words, train_bpe

text = "\n".join(topics.values())
tokenizer = train_bpe([text], 4000).tokenizer()
words = split_words(text)
whole = sum(len(tokenizer.encode(word)) == 1 for word in words)
print(f"{whole / len(words):.1f}")
#> 0.9
