from reference_impl.gpt import GPTConfig
from reference_impl.scaling_laws import forward_flops

forward_flops(GPTConfig.gpt2(), length=2048)
#! ValueError: expected a length from 1 to 1024, got 2048
