# run: python
import os

os.environ["KINETO_LOG_LEVEL"] = "6"  # or the profiler writes two lines of its own
import torch

x = torch.ones(500, 500)
with torch.profiler.profile(profile_memory=True) as profile:
    y = (x @ x).relu()
for row in profile.key_averages():
    if row.self_cpu_memory_usage:
        print(row.key, row.count, row.self_cpu_memory_usage)

profile.export_memory_timeline("timeline.json")
#> aten::mm 1 1000000
#> aten::clamp_min 1 1000000
#> [memory] 1 -1000000
#! FutureWarning: `export_memory_timeline` is deprecated and will be removed in a future version.
#! ValueError: record_shapes=True, with_stack=True required for memory profiling.
