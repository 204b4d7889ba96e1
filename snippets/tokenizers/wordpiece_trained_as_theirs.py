# requires: tokenizers
import pydoc_data.topics

from tokenizers import BertWordPieceTokenizer

from reference_impl.tokenizers import train_wordpiece

texts = list(pydoc_data.topics.topics.values())
theirs = BertWordPieceTokenizer()
theirs.train_from_iterator(texts, vocab_size=1000, min_frequency=2, show_progress=False)
vocab = theirs.get_vocab()

order = sorted(vocab, key=vocab.get)  # for the ids of the characters inside words
ours = train_wordpiece(texts, 1000, min_frequency=2, inner_order=order)
print(ours.vocab == vocab)
#> True
