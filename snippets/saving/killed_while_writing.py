import os
import signal
from pathlib import Path

import torch

from reference_impl.saving import load_checkpoint, save_checkpoint


class Dies:
    """Stands for a kill from outside: the process ends while this is pickled."""

    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGKILL)


def killed_in(write):
    if os.fork() == 0:
        write({"weight": torch.zeros(1000), "step": 2, "then": Dies()})
    os.wait()


good = {"weight": torch.ones(1000), "step": 1}
torch.save(good, "plain.pt")
killed_in(lambda state: torch.save(state, "plain.pt"))
print(Path("plain.pt").stat().st_size)
#> 0

save_checkpoint("safe.pt", good)
killed_in(lambda state: save_checkpoint("safe.pt", state))
print(load_checkpoint("safe.pt")["step"], sorted(p.name for p in Path().glob("*.pt*")))
#> 1 ['plain.pt', 'safe.pt', 'safe.pt.unfinished']
