# requires: transformers
import torch
from transformers import T5Config, T5ForConditionalGeneration

from reference_impl.t5 import T5
from reference_impl.t5 import T5Config as OurConfig

sizes = T5Config(
    vocab_size=50, d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=4, decoder_start_token_id=0
)
source, labels = torch.tensor([[7, 8, 1]]), torch.tensor([[-100, -100]])
print(T5ForConditionalGeneration(sizes)(input_ids=source, labels=labels).loss)
#> tensor(nan, grad_fn=<NllLossBackward0>)
T5(OurConfig.from_hugging_face(sizes)).loss(source, labels)
#! ValueError: expected at least one label that is not -100, got none
