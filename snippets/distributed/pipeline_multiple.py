from reference_impl.distributed import interleaved

interleaved(ranks=4, micro_batches=6, chunks=2)
#! ValueError: expected micro_batches to be a multiple of the 4 ranks, got 6
