from reference_impl.bert import Aligned, Sentence, Span, align, tag_names, tags_to_spans
from reference_impl.tokenizers import WordPiece

pieces = "[UNK] [CLS] [SEP] Love ##lace left London Ada in".split()
tokenizer = WordPiece({piece: at for at, piece in enumerate(pieces)}, lowercase=False)
sentence = Sentence("Ada Lovelace left London", (Span(0, 12, "PER"), Span(18, 24, "LOC")))
names = tag_names(["PER", "LOC"])
row = align(sentence, tokenizer, names)
tags = [*row.tags, 0]  # the bug: the tags of four words, one for each of five tokens
shifted = (-100, *(tag if old >= 0 else -100 for tag, old in zip(tags, row.labels[1:-1])), -100)
for one in (Aligned(row.ids, shifted, row.words), row):
    spans = one.to_characters(tags_to_spans([names[tag] for tag in one.tags]))
    print([(sentence.text[start:end], label) for start, end, label in spans])
#> [('Ada Lovelace', 'PER'), ('left', 'LOC')]
#> [('Ada Lovelace', 'PER'), ('London', 'LOC')]
