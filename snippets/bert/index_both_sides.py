import torch

from reference_impl.attention import CachedDecoder, DecoderConfig
from reference_impl.bert import Bert, BertConfig

torch.manual_seed(0)
bert = Bert(BertConfig(vocab=50, dim=16, layers=2, heads=2, hidden=32)).eval()
gpt = CachedDecoder(DecoderConfig(vocab=50)).eval()
ids = torch.tensor([[3, 4, 5, 6]])
other = torch.tensor([[3, 4, 5, 7]])  # the last token is another one

with torch.no_grad():
    for model in (bert, gpt):
        change = (model(ids) - model(other)).abs().amax(-1)[0]
        print([value > 1e-6 for value in change.tolist()])
    #> [True, True, True, True]
    #> [False, False, False, True]
