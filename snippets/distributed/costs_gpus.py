from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64)
layout = Layout(data=42, tensor=8, pipeline=3)
estimate(model, layout, Machine.h100(1024, efficiency=0.6), batch=1024, length=4096)
#! ValueError: expected sizes that multiply to 1024 GPUs
