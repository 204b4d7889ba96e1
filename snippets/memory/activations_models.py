import torch

from reference_impl.bert import BertConfig, BertForPreTraining
from reference_impl.memory import SavedBytes, bert_activations, t5_activations
from reference_impl.t5 import T5, T5Config

ids = torch.randint(1, 37, (3, 11))
ids[0, 7:] = 0  # filler
labels = torch.where(torch.arange(11) < 2, ids, -100)
bert = BertConfig(vocab=37, dim=15, layers=2, heads=3, hidden=20, context=11)
model = BertForPreTraining(bert, next_sentence=False)
with SavedBytes(model, ids, labels) as saved:
    loss = model.loss(ids, labels)
terms = bert_activations(bert, 3, 11, asked=6, real=29, pairs=False)
print(saved.nbytes, sum(term.nbytes for term in terms))
#> 91689 91689

t5 = T5Config(vocab=37, dim=15, head_dim=4, heads=3, hidden=20, gated=True, tied=False)
network, target = T5(t5), torch.randint(1, 37, (3, 5))
with SavedBytes(network, ids, target) as saved:
    value = network.loss(ids, target)
print(saved.nbytes, sum(term.nbytes for term in t5_activations(t5, 3, 11, 5, filler=True)))
#> 509058 509058
