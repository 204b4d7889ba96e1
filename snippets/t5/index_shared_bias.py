# requires: transformers
from transformers import T5Config, T5ForConditionalGeneration

model = T5ForConditionalGeneration(
    T5Config(vocab_size=50, d_model=16, d_kv=4, d_ff=32, num_heads=4)
)
for name, weight in model.named_parameters():
    if "relative" in name:
        print(name, tuple(weight.shape))
#> encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight (32, 4)
#> decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight (32, 4)
