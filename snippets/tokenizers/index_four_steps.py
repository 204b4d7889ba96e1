import unicodedata

from reference_impl.tokenizers import split_words, train_bpe

tokenizer = train_bpe(["low low lower slow slowly"], 264, 1, ["<s>", "</s>"]).tokenizer()

text = "Slower, \N{FULLWIDTH LATIN CAPITAL LETTER L}ow"
normal = unicodedata.normalize("NFKC", text).lower()  # 1. normalise
words = split_words(normal)  # 2. pre-tokenise
pieces = [tokenizer.encode_ordinary(word).tokens for word in words]  # 3. the model
tokens = ["<s>", *sum(pieces, []), "</s>"]  # 4. post-process
for step in (text, normal, words, pieces, tokens):
    print(step)
#> Slower, Ｌow
#> slower, low
#> ['slower', ',', ' low']
#> [['slow', 'er'], [','], ['Ġlow']]
#> ['<s>', 'slow', 'er', ',', 'Ġlow', '</s>']
print([tokenizer.vocab[token] for token in tokens])
#> [0, 260, 263, 13, 261, 1]
