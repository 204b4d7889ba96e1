from reference_impl.memory import read_snapshot, recorded_memory

part = recorded_memory("training")
snapshot = read_snapshot(part["snapshot"])
for frame, size in snapshot.by_frame_at_peak().most_common(6):
    print(f"{size / 1e6:6.1f} MB  {frame}")
#>  167.8 MB  (no Python frame)
#>  100.7 MB  gpt/model.py:forward:125
#>   82.7 MB  memory/recording.py:record_training:137
#>   72.4 MB  gpt/model.py:forward:63
#>   67.1 MB  gpt/model.py:_output_loss:95
#>   41.4 MB  memory/recording.py:record_training:128

print([event.size for event in snapshot.at_peak() if event.frame.startswith("(no")])
#> [33554432, 67108864, 67108864]
print(part["stats"]["requested_bytes.all.current"])  # all tensors are gone
#> 68157440
