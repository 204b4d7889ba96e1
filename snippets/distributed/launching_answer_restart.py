import sys

from reference_impl.distributed import RankError, launch

PROGRAM = """
import os, sys
attempt = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
sys.exit(attempt < 2 and os.environ["RANK"] == "1")
"""
for max_restarts in (1, 2):
    try:
        print(launch([sys.executable, "-c", PROGRAM], 2, max_restarts=max_restarts))
    except RankError as error:
        print(error)
#> rank 1 of 2: exit status 1
#> 2
