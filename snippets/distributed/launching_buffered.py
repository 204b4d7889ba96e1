import os
import subprocess
import sys
from pathlib import Path

program = "import os; print('step 1'); os.kill(os.getpid(), 9)"
for setting in ("", "1"):
    environment = {**os.environ, "PYTHONUNBUFFERED": setting}
    with Path("log").open("w") as log:
        subprocess.run([sys.executable, "-c", program], stdout=log, env=environment)
    print(f"PYTHONUNBUFFERED={setting or '(empty)'}: {Path('log').read_text()!r}")
#> PYTHONUNBUFFERED=(empty): ''
#> PYTHONUNBUFFERED=1: 'step 1\n'
