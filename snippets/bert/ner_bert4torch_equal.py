# requires: bert4torch
# run: python
import torch

from reference_impl.bert import Bert, BertConfig, LinearChainCRF
from reference_impl.bert.on_bert4torch import bert4torch_encoder

torch.manual_seed(0)
ours = Bert(BertConfig(vocab=99, dim=32, layers=2, heads=4, hidden=64)).eval()
theirs = bert4torch_encoder(ours).eval()
ids = torch.randint(1, 99, (3, 11))
ids[1, 6:] = 0  # filler
mask = ids != 0
hidden = theirs([ids, torch.zeros_like(ids)])
print("hidden states:", torch.allclose(ours(ids)[mask], hidden[mask], atol=1e-5))

from bert4torch.layers import CRF

crf, other = LinearChainCRF(5), CRF(5)
weights = {"start": "start_transitions", "transitions": "transitions", "end": "end_transitions"}
crf.load_state_dict({mine: getattr(other, name).data for mine, name in weights.items()})
scores, tags = torch.randn(3, 11, 5), torch.randint(5, (3, 11))
losses = other(scores, mask, tags, reduction="none")
print("losses of the CRF:", torch.allclose(crf(scores, tags, mask), losses, atol=1e-5))
paths = [row[real].tolist() for row, real in zip(other.decode(scores, mask), mask)]
print("best paths:", crf.viterbi(scores, mask) == paths)
print("nn.Module.compile is still there:", hasattr(torch.nn.Module, "compile"))
#> hidden states: True
#> losses of the CRF: True
#> best paths: True
#> nn.Module.compile is still there: False
