# Operations of a step grow with the batch, bytes of the weights do not.
weights = 12 * 384**2 * 6 + 8192 * 384
for batch in (1, 8, 64):
    print(batch, f"{2 * weights * batch / (4 * weights):.1f} operations a byte")
#> 1 0.5 operations a byte
#> 8 4.0 operations a byte
#> 64 32.0 operations a byte
