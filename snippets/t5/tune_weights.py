# requires: transformers
import json
from pathlib import Path

import torch
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration
from transformers.utils import logging

from reference_impl.saving import load_safetensors
from reference_impl.t5 import T5, T5Config, load_hugging_face, to_hugging_face

logging.disable_progress_bar()
sizes = TheirConfig(
    vocab_size=288, d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4, decoder_start_token_id=0
)
T5ForConditionalGeneration(sizes).save_pretrained("t5")  # in place of a download

config = T5Config.from_hugging_face(json.loads(Path("t5/config.json").read_text()))
model = T5(config)
load_hugging_face(model, load_safetensors("t5/model.safetensors"))
print(config.gated, config.tied, sum(p.numel() for p in model.parameters()))
#> False True 30176

model.tokens.weight.data += 1.0  # in place of training
theirs = T5ForConditionalGeneration.from_pretrained("t5")
theirs.load_state_dict(to_hugging_face(model))  # and back
print(torch.equal(theirs.shared.weight, model.tokens.weight))
#> True
