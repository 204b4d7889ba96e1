from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_peak

estimate_peak(GPTConfig.gpt2(), 8, 1024)
#! ValueError: expected a config without dropout and without bands, got dropout=0.1
