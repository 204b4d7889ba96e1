import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from safetensors.torch import save_file
from torch import nn

from reference_impl.saving import SafetensorsFile, zip_entries

torch.manual_seed(0)
state = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 8)).state_dict()
with tempfile.TemporaryDirectory() as folder:
    torch.save(state, path := Path(folder) / "net.pt")
    entries, zip_size = zip_entries(path), path.stat().st_size
    save_file(state, path := Path(folder) / "net.safetensors")
    tensors, safe_size = SafetensorsFile(path).entries.values(), path.stat().st_size

data = sum(entry.size for entry in entries if entry.name.startswith("data/"))
pickled = sum(entry.size for entry in entries if entry.name == "data.pkl")
in_tensors = sum(entry.nbytes for entry in tensors)
files = {
    "torch.save": (data, pickled, zip_size - data - pickled),
    "safetensors": (in_tensors, safe_size - in_tensors, 0),
}
fig, ax = plt.subplots(figsize=(4.5, 2.6))
left = [0, 0]
for n, label in enumerate(["tensors", "data.pkl or header", "zip: names, padding, index"]):
    widths = [sizes[n] for sizes in files.values()]
    ax.barh([*files], widths, left=left, color=f"C{n}", alpha=0.4, height=0.5, label=label)
    for y, (start, width) in enumerate(zip(left, widths)):
        if width:
            ax.text(start + width / 2, y, width, ha="center", va="center", fontsize=9)
    left = [start + width for start, width in zip(left, widths)]
ax.set(xlabel="bytes in the file")
ax.invert_yaxis()
fig.legend(loc="outside upper center")
