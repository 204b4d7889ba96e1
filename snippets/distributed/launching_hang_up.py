# run: python
import os
import pty
import time
from pathlib import Path

ANSWER, PID = Path("answer"), Path("pid")
Path("Train.sh").write_text(
    "trap 'if echo a warning >&2; then echo lives; else echo no stderr; fi > answer' USR1\n"
    "echo $$ > pid; while sleep 0.1; do :; done"
)


def survives(command, leave):
    for file in (PID, ANSWER):
        file.write_text("")
    shell, terminal = pty.fork()  # a new terminal, and a child that lives in it
    if shell == 0:
        os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])
    os.write(terminal, f"{command}\n".encode())
    while not (job := PID.read_text().strip()):
        time.sleep(0.02)
    if leave == "exit":
        os.write(terminal, b"exit\n")
        os.waitpid(shell, 0)
    os.close(terminal)  # the window; after `exit` the SSH server does it
    if leave == "close":
        os.waitpid(shell, 0)  # the shell is gone, and what it sends to its jobs is sent
    ask = f"exec 2> /dev/null; grep -q . /proc/{job}/cmdline && kill -s USR1 {job}"
    while not ANSWER.read_text() and os.system(ask) == 0:  # asks for a sign of life
        time.sleep(0.05)
    os.system(ask.replace("USR1", "KILL"))
    return ANSWER.read_text().strip() or "ended"


for job in ("sh Train.sh > log &", "setsid sh Train.sh > log &", "nohup sh Train.sh > log &"):
    print(f"{job:26} closed: {survives(job, 'close')}, exit: {survives(job, 'exit')}")
#> sh Train.sh > log &        closed: ended, exit: no stderr
#> setsid sh Train.sh > log & closed: no stderr, exit: no stderr
#> nohup sh Train.sh > log &  closed: lives, exit: lives
