from reference_impl.memory import Offload

Offload(keep_bytes=-1)
#! ValueError: expected keep_bytes to be an integer of at least 0, got -1
