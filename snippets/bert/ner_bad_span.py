from reference_impl.bert import Sentence, Span, align, tag_names
from reference_impl.tokenizers import WordPiece

tokenizer = WordPiece({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "london": 3, "##ers": 4, "read": 5})
sentence = Sentence("Londoners read", (Span(0, 6, "LOC"),))
align(sentence, tokenizer, tag_names(["LOC"]))
#! ValueError: expected entities that start and end where words do
