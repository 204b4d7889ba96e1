from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

largest = 50_257 * 768 * 4  # the embedding's gradient
for batch in (1, 4):
    parts = estimate_memory(GPTConfig.gpt2(dropout=0.0), batch, 1024)
    alone = parts.in_step - parts.gradients + largest
    print(batch, [round(x / 1e6) for x in (parts.in_step, alone, parts.after_forward)])
#> 1 [2300, 1956, 2259]
#> 4 [2300, 1956, 4092]
