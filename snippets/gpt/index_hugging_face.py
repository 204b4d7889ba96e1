# requires: transformers
import torch
from transformers import GPT2Config, GPT2LMHeadModel, OpenAIGPTConfig, OpenAIGPTLMHeadModel

from reference_impl.gpt import config_from_hugging_face, from_hugging_face, to_hugging_face

torch.manual_seed(0)
sizes = {"vocab_size": 99, "n_positions": 16, "n_embd": 32, "n_layer": 3, "n_head": 4}
models = [
    OpenAIGPTLMHeadModel(OpenAIGPTConfig(**sizes)),
    GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=None, eos_token_id=None)),
]
ids = torch.randint(99, (2, 16))
for theirs in models:
    ours = from_hugging_face(theirs.state_dict(), config_from_hugging_face(theirs.config.to_dict()))
    same = torch.allclose(ours(ids), theirs.eval()(ids).logits, atol=1e-5)
    theirs.load_state_dict(to_hugging_face(ours))  # every key, and back
    print(type(theirs).__name__, same)
#> OpenAIGPTLMHeadModel True
#> GPT2LMHeadModel True
