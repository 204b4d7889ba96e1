from reference_impl.memory import read_snapshot, recorded_memory

part = recorded_memory("training")
snapshot = read_snapshot(part["snapshot"])
print(*(part["about"][key] for key in ("device", "torch", "date")), len(snapshot.events))
#> NVIDIA H200 2.11.0+cu130 2026-11-27 1910

line = snapshot.timeline()
for name, end in zip(snapshot.about["marks"], snapshot.marks(), strict=False):
    print(f"{end:4} {name:11} {line[end] / 1e6:3.0f} MB")
#>   58 model        41 MB
#>  189 forward 1   351 MB
#>  675 backward 1  151 MB
#>  941 step 1      234 MB
#> 1048 zero_grad 1 192 MB
#> 1161 forward 2   467 MB
#> 1645 backward 2  234 MB
#> 1802 step 2      234 MB
#> 1909 zero_grad 2 192 MB
moment, nbytes = snapshot.peak()
print(f"{moment:4} the peak    {nbytes / 1e6:3.0f} MB")
#> 1167 the peak    602 MB
