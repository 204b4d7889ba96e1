import torch

x = torch.ones(500, 500)
with torch.profiler.profile(profile_memory=True) as profile:
    y = (x @ x).relu()
for row in profile.key_averages():
    if row.self_cpu_memory_usage:
        print(row.key, row.count, row.self_cpu_memory_usage)

profile.export_memory_timeline("memory.html")
#! FutureWarning: `export_memory_timeline` is deprecated
