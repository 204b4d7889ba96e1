# requires: transformers
import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
config = LlamaConfig(vocab_size=16, num_attention_heads=2, initializer_range=0.5, **sizes)
model = LlamaForCausalLM(config).eval()
tokens = torch.randint(3, 16, (1, 6))
want = model(tokens).logits[:, -1]

for position in (None, 5, 0):
    cache = model(tokens[:, :5], use_cache=True).past_key_values
    ids = None if position is None else torch.tensor([[position]])
    got = model(tokens[:, 5:], past_key_values=cache, position_ids=ids).logits[:, -1]
    print(position, torch.allclose(got, want, atol=1e-4))
#> None True
#> 5 True
#> 0 False
