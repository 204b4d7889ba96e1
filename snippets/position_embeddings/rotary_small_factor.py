from reference_impl.position_embeddings.rotary_scaling import YaRNScaling

YaRNScaling(0.125, original_length=4096)
#! ValueError: expected a finite factor of at least 1, got 0.125
