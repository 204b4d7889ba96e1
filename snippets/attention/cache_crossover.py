# requires: transformers
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from reference_impl.attention import cache_bytes, crossover_length, weight_bytes

shapes = {
    "Llama": (LlamaForCausalLM, LlamaConfig()),
    "Mistral": (MistralForCausalLM, MistralConfig()),
}
for name, (model_class, config) in shapes.items():
    with torch.device("meta"):  # sizes only, no memory
        weights = weight_bytes(model_class(config), bytes_per_number=2)
    sizes = (config.num_hidden_layers, config.num_key_value_heads, config.head_dim)
    print(name, sizes, f"{weights / 1e9:.1f} GB of weights a step")
    print(cache_bytes(*sizes, length=1) // 1024, "KiB of cache for each token")
    for batch in (1, 8, 64):
        print(batch, crossover_length(weights, *sizes, batch=batch))
#> Llama (32, 32, 128) 13.2 GB of weights a step
#> 512 KiB of cache for each token
#> 1 25206
#> 8 3151
#> 64 394
#> Mistral (32, 8, 128) 14.2 GB of weights a step
#> 128 KiB of cache for each token
#> 1 108501
#> 8 13563
#> 64 1696
