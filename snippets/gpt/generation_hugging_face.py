# requires: transformers
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from reference_impl.gpt import config_from_hugging_face, from_hugging_face, generate

torch.manual_seed(0)
sizes = {"vocab_size": 99, "n_positions": 40, "n_embd": 32, "n_layer": 3, "n_head": 4}
ends = {"bos_token_id": None, "eos_token_id": 7, "pad_token_id": 0, "initializer_range": 0.3}
theirs = GPT2LMHeadModel(GPT2Config(**sizes, **ends)).eval()
ours = from_hugging_face(theirs.state_dict(), config_from_hugging_face(theirs.config.to_dict()))

prompt = torch.tensor([[0, 0, 0, 5, 3], [2, 6, 5, 3, 5]])
keep = prompt != 0
expected = theirs.generate(prompt, attention_mask=keep.long(), max_new_tokens=30)
print(torch.equal(generate(ours, prompt, 30, keep=keep, stop=7, pad=0), expected))
#> True
