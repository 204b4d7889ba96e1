# requires: transformers
import torch
from transformers import T5Config, T5ForConditionalGeneration

torch.manual_seed(7)
sizes = {"vocab_size": 23, "d_model": 20, "d_kv": 6, "d_ff": 28, "num_layers": 2, "num_heads": 3}
config = T5Config(
    **sizes, feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=0
)
model = T5ForConditionalGeneration(config).eval()
model.lm_head.weight = torch.nn.Parameter(torch.randn(23, 20) / 2)
source = torch.randint(2, 23, (24, 9))
for beams in (1, 3):
    ids = model.generate(
        source,
        attention_mask=torch.ones_like(source),
        max_new_tokens=12,
        num_beams=beams,
        do_sample=False,
    )
    ended = (ids == 1).cumsum(1)
    filler = ids[(ended > 0) & ~((ids == 1) & (ended == 1))]  # all but the first end
    print(beams, "beams, filler:", filler.unique().tolist())
#> 1 beams, filler: [0]
#> 3 beams, filler: [1]
