from reference_impl.bert import Sentence, Span, align, tag_names
from reference_impl.tokenizers import WordPiece

pieces = "[UNK] [CLS] [SEP] Love ##lace left London Ada in".split()
tokenizer = WordPiece({piece: at for at, piece in enumerate(pieces)}, lowercase=False)
sentence = Sentence("Ada Lovelace left London", (Span(0, 12, "PER"), Span(18, 24, "LOC")))
names = tag_names(["PER", "LOC"])
row = align(sentence, tokenizer, names)
for number, label in zip(row.ids, row.labels, strict=True):
    print(f"{pieces[number]:7} {label:5}", names[label] if label >= 0 else "-")
#> [CLS]    -100 -
#> Ada         1 B-PER
#> Love        2 I-PER
#> ##lace   -100 -
#> left        0 O
#> London      3 B-LOC
#> [SEP]    -100 -
