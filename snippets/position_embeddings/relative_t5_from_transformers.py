# requires: transformers
import torch
from transformers import T5Config, T5EncoderModel

from reference_impl.position_embeddings import T5Bias

torch.manual_seed(0)
config = T5Config(vocab_size=32, d_model=16, d_kv=4, num_heads=4, d_ff=32, num_layers=2)
model = T5EncoderModel(config)
theirs = model.encoder.block[0].layer[0].SelfAttention
ours = T5Bias(heads=4)
ours.load_state_dict({"relative_attention_bias.weight": theirs.relative_attention_bias.weight})
q = torch.zeros(1, 4, 200, 4)
bias = ours.scores(q, q, torch.arange(200), torch.arange(200))
print(torch.equal(bias, theirs.compute_bias(200, 200)))
#> True
print([block.layer[0].SelfAttention.has_relative_attention_bias for block in model.encoder.block])
#> [True, False]
