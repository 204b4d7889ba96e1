from torch.cuda import _memory_viz

from reference_impl.memory import CachingAllocator

gpu = CachingAllocator()
x, y = gpu.malloc(3_000_000), gpu.malloc(5_000_000)
gpu.free(x)
snapshot = gpu.snapshot()  # a dictionary like that of torch.cuda.memory._snapshot()
print(*_memory_viz.trace(snapshot).splitlines()[2:6], sep="\n")

html = _memory_viz.trace_plot(snapshot)
print(next(line for line in html.splitlines() if "import" in line))
