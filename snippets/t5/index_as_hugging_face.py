# requires: transformers
import torch
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration

from reference_impl.t5 import T5, T5Config, load_hugging_face, shift_right

torch.manual_seed(0)
source, labels = torch.randint(2, 90, (2, 7)), torch.randint(2, 90, (2, 5))
mask = torch.ones_like(source)
for activation, tied in (("relu", True), ("gated-gelu", False)):
    theirs = T5ForConditionalGeneration(
        TheirConfig(
            vocab_size=90,
            d_model=24,
            d_kv=6,
            d_ff=40,
            num_layers=2,
            num_heads=4,
            decoder_start_token_id=0,
            feed_forward_proj=activation,
            tie_word_embeddings=tied,
        )  # fmt: skip  # a list reads as a list
    ).eval()
    ours = T5(T5Config.from_hugging_face(theirs.config)).eval()
    load_hugging_face(ours, theirs.state_dict())
    expected = theirs(input_ids=source, attention_mask=mask, labels=labels)
    same = torch.allclose(ours(source, shift_right(labels), mask), expected.logits, atol=1e-4)
    print(activation, same, torch.allclose(ours.loss(source, labels, mask), expected.loss))
    made = theirs.generate(source, attention_mask=mask, max_new_tokens=9, do_sample=False)
    print("  the same ids:", torch.equal(ours.generate(source, 9, mask), made))
#> relu True True
#>   the same ids: True
#> gated-gelu True True
#>   the same ids: True
