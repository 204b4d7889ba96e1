import torch

from reference_impl.t5 import T5, T5Config

with torch.device("meta"):
    model = T5(T5Config.preset("t5-small"))
names = [name for name, _ in model.named_parameters()]
print(sum(name.endswith(".bias") for name in names), "biases")
#> 0 biases
for name, weight in model.named_parameters():
    if "relative" in name:
        print(name, tuple(weight.shape))
#> encoder_positions.relative_attention_bias.weight (32, 8)
#> decoder_positions.relative_attention_bias.weight (32, 8)
