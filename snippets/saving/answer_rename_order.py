import os
from pathlib import Path

from reference_impl.saving import save_checkpoint

calls = []
real_fsync, real_replace = os.fsync, Path.replace
os.fsync = lambda file: (calls.append("fsync"), real_fsync(file))
Path.replace = lambda a, b: (calls.append(f"rename to {b.name}"), real_replace(a, b))
save_checkpoint("a.pt", {"step": 1})
os.fsync, Path.replace = real_fsync, real_replace
print(calls)
#> ['fsync', 'rename to a.pt', 'fsync']
