# requires: transformers
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from reference_impl.position_embeddings import YaRNScaling

config = LlamaConfig(
    hidden_size=256,
    num_attention_heads=2,
    max_position_embeddings=32_768,
    rope_parameters={
        "rope_type": "yarn",
        "rope_theta": 10_000.0,
        "factor": 8.0,
        "original_max_position_embeddings": 4096,
    },
)
theirs, ours = LlamaRotaryEmbedding(config), YaRNScaling(8.0, original_length=4096)
print(torch.allclose(theirs.inv_freq, ours.frequencies(128, 10_000.0, length=1)))
#> True
print(abs(theirs.attention_scaling - ours.attention_factor) < 1e-6)
#> True
