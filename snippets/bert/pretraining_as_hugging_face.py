# requires: transformers
import torch
import transformers

from reference_impl.bert import BertConfig, BertForPreTraining, load_hugging_face, mask_tokens

torch.manual_seed(0)
config = BertConfig(vocab=50, dim=16, layers=2, heads=4, hidden=32)
theirs = transformers.BertForPreTraining(transformers.BertConfig(**config.to_hugging_face())).eval()
ours = BertForPreTraining(config).eval()
load_hugging_face(ours, theirs.state_dict())

ids, labels = mask_tokens(torch.randint(5, 50, (4, 12)), mask_id=4, vocab=50)
types = (torch.arange(12) > 6).long().expand(4, 12)
strangers = torch.tensor([0, 1, 1, 0])
out = theirs(ids, token_type_ids=types, labels=labels, next_sentence_label=strangers)
loss = ours.loss(ids, labels, types, next_labels=strangers)
print(torch.allclose(loss.total, out.loss, atol=1e-6))
#> True
