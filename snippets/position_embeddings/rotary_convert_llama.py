# requires: transformers
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaModel, apply_rotary_pos_emb

from reference_impl.position_embeddings import Rotary, convert_weights

torch.manual_seed(0)
sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4}
llama = LlamaModel(LlamaConfig(vocab_size=16, num_key_value_heads=2, **sizes))
attention, x, at = llama.layers[0].self_attn, torch.randn(1, 6, 32), torch.arange(6)


def heads(weight):
    return (x @ weight.T).unflatten(-1, (-1, 8)).transpose(1, 2)


W_q, W_k = attention.q_proj.weight, attention.k_proj.weight
q, k = apply_rotary_pos_emb(heads(W_q), heads(W_k), *llama.rotary_emb(x, at[None]))
want = q @ k.repeat_interleave(2, 1).mT

q, k = heads(convert_weights(W_q, 4, "interleaved")), heads(convert_weights(W_k, 2, "interleaved"))
q, k = Rotary(8, layout="interleaved").rotate(q, k, at, at)
print(torch.allclose(q @ k.repeat_interleave(2, 1).mT, want, atol=1e-5))
#> True
