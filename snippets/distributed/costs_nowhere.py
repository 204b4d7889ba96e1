from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
plan_layouts(model, Machine.h100(8, efficiency=0.6), batch=64, length=4096)
#! ValueError: expected a layout of at most 72 GB a GPU
