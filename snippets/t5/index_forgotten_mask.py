# requires: transformers
import torch
from transformers import T5Config, T5ForConditionalGeneration

torch.manual_seed(0)
model = T5ForConditionalGeneration(
    T5Config(vocab_size=50, d_model=16, d_kv=4, d_ff=32, num_heads=4)
).eval()
text, target = torch.tensor([[7, 8, 9, 1]]), torch.tensor([[0, 5, 6]])
padded = torch.tensor([[7, 8, 9, 1, 0, 0, 0, 0]])
alone = model(input_ids=text, decoder_input_ids=target).logits
print(torch.allclose(model(input_ids=padded, decoder_input_ids=target).logits, alone, atol=1e-4))
#> False
mask = (padded != 0).long()
print(
    torch.allclose(
        model(input_ids=padded, attention_mask=mask, decoder_input_ids=target).logits,
        alone,
        atol=1e-4,
    )
)
#> True
