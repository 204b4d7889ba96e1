from reference_impl.position_embeddings import Llama3Scaling, YaRNScaling, frequencies

plain = frequencies(128, 500_000.0)
for scaling in (YaRNScaling(8.0, original_length=8192), Llama3Scaling(8.0, original_length=8192)):
    slower = plain / scaling.frequencies(128, 500_000.0, length=65_536)
    speeds = [round(slower[i].item(), 1) for i in (20, 24, 28, 32, 36)]
    print(type(scaling).__name__, speeds, round(scaling.attention_factor, 3))
#> YaRNScaling [1.1, 1.4, 2.1, 3.6, 8.0] 1.208
#> Llama3Scaling [1.0, 1.0, 1.0, 2.7, 8.0] 1.0
