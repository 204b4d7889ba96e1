from torch.cuda import _memory_viz

from reference_impl.memory import CachingAllocator

gpu = CachingAllocator()
x, y = gpu.malloc(3_000_000), gpu.malloc(5_000_000)
gpu.free(x)
snapshot = gpu.snapshot()  # a dictionary like that of torch.cuda.memory._snapshot()
print(*_memory_viz.trace(snapshot).splitlines()[2:6], sep="\n")
#> a = cudaMalloc(1099511627776, 20.0MiB)
#> b = a[0:2.9MiB]
#> c = a[3000320:4.8MiB]
#> del b # 2.9MiB

html = _memory_viz.trace_plot(snapshot)
print(next(line for line in html.splitlines() if "import" in line))
#> import {add_local_files} from "https://cdn.jsdelivr.net/gh/pytorch/pytorch@main/torch/utils/viz/MemoryViz.js"
