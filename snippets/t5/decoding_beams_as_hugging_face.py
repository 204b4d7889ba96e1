# requires: transformers
import torch
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration

from reference_impl.t5 import T5, T5Config, load_hugging_face

torch.manual_seed(3)
config = TheirConfig(
    vocab_size=23, d_model=20, d_kv=6, d_ff=28, num_layers=2, num_heads=4, decoder_start_token_id=0
)
theirs = T5ForConditionalGeneration(config).eval()
ours = T5(T5Config.from_hugging_face(config)).eval()
load_hugging_face(ours, theirs.state_dict())
source = torch.randint(2, 23, (2, 9))
for stop in (True, False, "never"):
    options = {
        "num_beams": 4,
        "num_return_sequences": 4,
        "early_stopping": stop,
        "length_penalty": 0.6,
    }
    made = theirs.generate(
        source, attention_mask=torch.ones_like(source), max_new_tokens=8, do_sample=False, **options
    )
    found = [one.ids for row in ours.beam_search(source, 4, 8, None, 0.6, stop) for one in row]
    print(stop, all(ids == row[: len(ids)] for ids, row in zip(found, made.tolist(), strict=True)))
#> True True
#> False True
#> never True
