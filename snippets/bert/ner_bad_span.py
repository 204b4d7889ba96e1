from reference_impl.bert import Sentence, Span, align, tag_names
from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "bo": 3, "##s": 4, "hat": 5})
sentence = Sentence("Bos hat", (Span(0, 2, "PER"),))  # the s of the genitive belongs to the word
align(sentence, tokenizer, tag_names(["PER"]))
#! ValueError: expected entities that start and end where words do
