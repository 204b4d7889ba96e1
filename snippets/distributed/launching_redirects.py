import subprocess
from pathlib import Path

Path("Train.sh").write_text("echo step 1; echo out of memory >&2\n")
for command in ("> log", "2>&1 > log", "> log 2>&1", ">> log 2>&1"):
    terminal = subprocess.run(
        ["sh", "-c", f"sh Train.sh {command}"], stdout=-1, stderr=subprocess.STDOUT, text=True
    ).stdout
    lines = Path("log").read_text().splitlines()
    print(f"{command:11} log: {lines}  terminal: {terminal.split(chr(10))[:-1]}")
#> > log       log: ['step 1']  terminal: ['out of memory']
#> 2>&1 > log  log: ['step 1']  terminal: ['out of memory']
#> > log 2>&1  log: ['step 1', 'out of memory']  terminal: []
#> >> log 2>&1 log: ['step 1', 'out of memory', 'step 1', 'out of memory']  terminal: []
