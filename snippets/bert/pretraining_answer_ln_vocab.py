import math

import torch

from reference_impl.bert import BertConfig, BertForPreTraining, mask_tokens

torch.manual_seed(0)
model = BertForPreTraining(BertConfig(vocab=2_000, dim=64, layers=2, heads=4, hidden=128))
ids, labels = mask_tokens(torch.randint(5, 2_000, (16, 32)), mask_id=4, vocab=2_000)
loss = model.loss(ids, labels, next_labels=torch.randint(2, (16,)))
print(f"{loss.tokens:.1f} {math.log(2_000):.1f}, {loss.next_sentence:.1f} {math.log(2):.1f}")
#> 7.6 7.6, 0.7 0.7
