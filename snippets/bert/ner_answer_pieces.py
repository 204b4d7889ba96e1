# requires: faker
from reference_impl.bert import make_sentences, name_words
from reference_impl.tokenizers import train_wordpiece

sentences = make_sentences(1000, languages=("en",))
tokenizer = train_wordpiece([one.text for one in sentences], 400, lowercase=False)
words = {word for one in sentences for name, _ in one.entities for word in name_words(name)}
words |= {"met", "joined", "mentioned"}
lengths = {word: len(tokenizer.encode(word).tokens) for word in words}
print(lengths["met"], lengths["joined"], max(lengths.values()) > 4)
#> 1 1 True
