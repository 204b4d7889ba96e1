# run: python
import contextlib
import os
import pty
import signal
import time
from pathlib import Path

ALIVE, PID = Path("alive"), Path("pid")
Path("Train.sh").write_text(
    "trap '>alive' USR1; echo $$ >new; mv new pid; while sleep 0.1; do :; done"
)


def survives(command, leave):
    shell, terminal = pty.fork()  # a new terminal, and a child that lives in it
    if shell == 0:
        os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])
    os.write(terminal, f"{command}\n".encode())
    while not PID.exists():
        time.sleep(0.02)
    job = int(PID.read_text())
    os.write(terminal, b"exit\n") if leave == "exit" else os.close(terminal)
    os.waitpid(shell, 0)  # the shell is gone, and what it sends to its jobs is sent
    with contextlib.suppress(OSError):  # raised when the job is gone too
        while not ALIVE.exists() and Path(f"/proc/{job}/cmdline").read_bytes():
            os.kill(job, signal.SIGUSR1)  # asks for a sign of life
            time.sleep(0.05)
    if answered := ALIVE.exists():
        os.kill(job, signal.SIGKILL)
    for file in (PID, ALIVE):
        file.unlink(missing_ok=True)
    return answered


for command in ("sh Train.sh > log &", "nohup sh Train.sh > log &", "setsid sh Train.sh > log &"):
    print(f"{command:27} closed: {survives(command, 'close')}, exit: {survives(command, 'exit')}")
#> sh Train.sh > log &         closed: False, exit: True
#> nohup sh Train.sh > log &   closed: True, exit: True
#> setsid sh Train.sh > log &  closed: True, exit: True
