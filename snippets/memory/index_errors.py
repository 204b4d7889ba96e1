from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig.gpt2()
estimate_memory(config, 8, 1024, precision="float16")
#! ValueError: expected a precision of float32, autocast, bfloat16, master, got 'float16'
