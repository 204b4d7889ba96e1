# requires: cuda
# ran on: no device yet
import torch
from torch.nn.functional import cross_entropy
from torch.utils.benchmark import Timer

from reference_impl.gpt import GPT, GPTConfig

config = GPTConfig(vocab=50257, context=1024, dim=768, layers=12, heads=12)  # GPT-2, 124M
torch.manual_seed(0)
model = GPT(config).cuda()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
ids = torch.randint(config.vocab, (8, 1024), device="cuda")


def step(dtype):
    enabled = dtype != torch.float32
    scaler = torch.amp.GradScaler("cuda", enabled=dtype == torch.float16)
    with torch.autocast("cuda", dtype if enabled else None, enabled=enabled):
        logits = model(ids[:, :-1])
        loss = cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()


cases = {"fp32": ("ieee", torch.float32), "tf32": ("tf32", torch.float32),
         "bf16": ("ieee", torch.bfloat16), "fp16": ("ieee", torch.float16)}  # fmt: skip  # a list reads as a list
for name, (matmul, dtype) in cases.items():
    torch.backends.cuda.matmul.fp32_precision = matmul
    torch.cuda.reset_peak_memory_stats()
    timer = Timer("step(dtype)", globals={"step": step, "dtype": dtype})
    time = timer.blocked_autorange(min_run_time=5).median
    print(
        f"{name}: {8 * 1023 / time:,.0f} tokens/s, {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
    )
