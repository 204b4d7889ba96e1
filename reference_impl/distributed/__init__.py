"""Training on several processes: each form of parallelism built from collectives.

`run_ranks` runs a function on several processes of this machine; everything else runs there, under
`torchrun`, or wherever a process group is.
"""

from reference_impl.distributed.ranks import RankError, run_ranks

__all__ = ["RankError", "run_ranks"]
