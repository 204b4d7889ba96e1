# requires: cuda
# ran on: no device yet
import pickle
from pathlib import Path

import torch
from torch.cuda import _memory_viz

torch.cuda.init()
torch.cuda.memory._record_memory_history()
x = torch.ones(1000, 1000, device="cuda")
y = x * 2
del x
torch.cuda.memory._dump_snapshot("snapshot.pickle")
torch.cuda.memory._record_memory_history(enabled=None)

snapshot = pickle.loads(Path("snapshot.pickle").read_bytes())
for entry in snapshot["device_traces"][0]:
    print(entry["action"], entry["size"], len(entry["frames"]) > 0)
html = _memory_viz.trace_plot(snapshot)
print(html.count("https://"), "https://cdn.jsdelivr.net" in html)
