# run: python
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

Path("train.py").write_text("import sys, time; open('started', 'w'); time.sleep(int(sys.argv[1]))")
TORCHRUN = ["nohup", sys.executable, "-m", "torch.distributed.run", "--standalone"]
for seconds, flags in (("600", []), ("1", ["--signals-to-handle=SIGTERM,SIGINT,SIGQUIT"])):
    words = [*TORCHRUN, *flags, "train.py", seconds]
    with Path("log").open("w") as log:
        job = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
    while not Path("started").exists():
        time.sleep(0.02)
    os.killpg(job.pid, signal.SIGHUP)  # what a shell sends to its jobs when the terminal closes
    print("exit code", job.wait(), Path("log").read_text().split()[-3:])
    Path("started").unlink()
#> exit code 1 ['got', 'signal:', '1']
#> exit code 0 []
