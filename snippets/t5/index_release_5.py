# requires: transformers
from transformers import T5Config, T5ForConditionalGeneration

config = T5Config(
    vocab_size=90, d_model=24, d_kv=6, d_ff=40, num_layers=1, num_heads=4,
    feed_forward_proj="gated-gelu", tie_word_embeddings=False,
)  # fmt: skip  # a list reads as a list
model = T5ForConditionalGeneration(config)
print(model.lm_head.weight is model.shared.weight, config.tie_word_embeddings)
#> True True
print(config.scale_decoder_outputs)
#> False
