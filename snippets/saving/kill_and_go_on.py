# run: python
import random
import subprocess
import sys
import time
from pathlib import Path

COMMAND = [
    *(
        sys.executable,
        "-m",
        "reference_impl.train",
        "--task",
        "reference_impl.train.characters:task",
    ),
    *("--max_steps", "60", "--checkpoint_every", "2", "--options.width=16", "--progress", "false"),
    *("--options.max_bytes=20000", "--folder"),
]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

subprocess.run([*COMMAND, "never_stopped"], check=True, **quiet)

run = subprocess.Popen([*COMMAND, "killed"], **quiet)
while not any(Path("killed").glob("checkpoints/*")):
    time.sleep(0.01)
time.sleep(random.uniform(0, 0.2))
run.kill()  # SIGKILL: the process is not asked
run.wait()

subprocess.run([*COMMAND, "killed"], check=True, **quiet)
for name in ("weights.safetensors", "metrics.jsonl"):
    one, other = (Path(folder, name).read_bytes() for folder in ("never_stopped", "killed"))
    print(name, one == other)
#> weights.safetensors True
#> metrics.jsonl True
