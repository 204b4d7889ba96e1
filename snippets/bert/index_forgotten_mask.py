# requires: transformers
import torch
import transformers

from reference_impl.bert import Bert, BertConfig, load_hugging_face

transformers.logging.set_verbosity_error()
config = BertConfig(vocab=50, dim=8, layers=1, heads=2, hidden=16, init_std=0.5)
torch.manual_seed(0)
theirs = transformers.BertModel(transformers.BertConfig(**config.to_hugging_face())).eval()
ours = Bert(config).eval()
load_hugging_face(ours, theirs.state_dict())
alone, padded = torch.tensor([[1, 7, 2]]), torch.tensor([[1, 7, 2, 0, 0]])

with torch.no_grad():
    without = theirs(padded).last_hidden_state[:, :3]
    right = theirs(padded, attention_mask=padded != 0).last_hidden_state[:, :3]
    expected = theirs(alone).last_hidden_state
    for got in (without, right, ours(padded)[:, :3]):
        print(torch.allclose(got, expected, atol=1e-5))
    #> False
    #> True
    #> True
