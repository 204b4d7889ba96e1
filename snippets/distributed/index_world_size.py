from datetime import timedelta
from pathlib import Path

from torch import distributed

store = distributed.FileStore(str(Path("store").absolute()), 2)
distributed.init_process_group(
    "gloo", store=store, rank=0, world_size=2, timeout=timedelta(seconds=0.5)
)
#! RuntimeError: Wait timeout
