from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

model = GPTConfig.gpt2("xl", dropout=0.0)  # 25 heads
layout = Layout(data=16, tensor=2, pipeline=1)
estimate(model, layout, Machine.h100(32, efficiency=0.6), batch=64, length=1024)
#! ValueError: expected heads to be a multiple of 2
