from reference_impl.position_embeddings import alibi_slopes

print(alibi_slopes(8))
#> [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]
print([round(slope, 4) for slope in alibi_slopes(6)])
#> [0.25, 0.0625, 0.0156, 0.0039, 0.5, 0.125]
