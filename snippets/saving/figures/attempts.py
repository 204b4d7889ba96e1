import contextlib
import io
import os
import signal
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train

STOPS = [(37, "SIGKILL"), (52, "SIGTERM"), (71, "SIGKILL"), (None, None)]
folder = tempfile.mkdtemp()
config = TrainConfig(folder=folder, max_steps=100, batch_size=4, checkpoint_every=20, num_workers=0)


class Killed(BaseException):
    """Ends the run with nothing saved, as SIGKILL does."""


def attempt(start, stop, kind):
    """Train from where the run is, until the given step; return the last step made."""
    done = start

    def loss(model, batch):
        nonlocal done
        done += 1
        if done == stop and kind == "SIGKILL":
            raise Killed
        if done == stop:
            os.kill(os.getpid(), signal.SIGTERM)
        return model(batch[0]).pow(2).sum()

    task = Task(torch.nn.Linear(2, 1), TensorDataset(torch.ones(400, 2)), None, loss)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Killed):
        train(config, lambda: task)
    return done


fig, ax = plt.subplots(figsize=(4.5, 2.6))
start = 0
for row, (stop, kind) in enumerate(STOPS):
    done = attempt(start, stop, kind)
    saved = max(int(path.stem[5:]) for path in Path(folder, "checkpoints").iterdir())
    ax.barh(row, saved - start, left=start, height=0.5, color="C0")
    ax.barh(row, done - saved, left=saved, height=0.5, color="C1")
    ax.text(done + 1, row, kind or "", va="center")
    start = saved
ax.set_yticks(range(4), ["1st", "2nd", "3rd", "4th"])
ax.invert_yaxis()
ax.set(xlabel="optimizer step", ylabel="start", xlim=(0, 105))
