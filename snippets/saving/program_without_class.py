import subprocess
import sys

import torch
from torch import nn


class Halver(nn.Module):
    def forward(self, x):
        return x / 2


torch.export.save(torch.export.export(Halver(), (torch.ones(3),)), "halver.pt2")

reader = """
import torch
print("Halver" in dir(), torch.export.load("halver.pt2").module()(torch.ones(3)))
"""
done = subprocess.run([sys.executable, "-c", reader], capture_output=True, text=True)
print(done.stdout.strip())
#> False tensor([0.5000, 0.5000, 0.5000])
