import torch

from reference_impl.bert import BertConfig, BertForPreTraining, help_documents, pretrain
from reference_impl.tokenizers import train_wordpiece

torch.manual_seed(0)
documents = [document[:10] for document in list(help_documents().values())[:30]]
tokenizer = train_wordpiece([text for document in documents for text in document], 300)
model = BertForPreTraining(BertConfig(300, dim=32, layers=1, heads=2, hidden=64, init_std=0.05))

losses = [
    (loss.tokens.item(), loss.next_sentence.item())
    for loss in pretrain(model, tokenizer, documents, steps=60, batch=16, length=32, rate=5e-3)
]
start, end = torch.tensor(losses[:10]).mean(0), torch.tensor(losses[-10:]).mean(0)
print((start - end)[0].item() > 0.3)  # masked words
#> True
print((start - end).abs()[1].item() < 0.1)  # next sentence
#> True
