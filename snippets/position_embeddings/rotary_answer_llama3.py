from reference_impl.position_embeddings.rotary_scaling import Llama3Scaling, frequencies

scaling = Llama3Scaling(8.0, original_length=8192)
slower = frequencies(128, 500_000.0) / scaling.frequencies(128, 500_000.0, length=1)
print(int((slower < 1.001).sum()), int((slower > 7.999).sum()))
#> 29 29
