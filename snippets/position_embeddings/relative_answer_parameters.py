from reference_impl.position_embeddings import ALiBi, Shaw, T5Bias, TransformerXL

for scheme in (Shaw(64, 16), TransformerXL(12, 64), T5Bias(12), ALiBi(12)):
    print(type(scheme).__name__, sum(p.numel() for p in scheme.parameters()))
#> Shaw 4224
#> TransformerXL 591360
#> T5Bias 384
#> ALiBi 0
