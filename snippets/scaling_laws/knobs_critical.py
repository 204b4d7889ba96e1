from reference_impl.scaling_laws import critical_batch, recorded

data = recorded("batches")
steps = {}
for run in data["runs"]:
    if run["steps"] is not None:
        steps[run["rows"]] = min(run["steps"], steps.get(run["rows"], run["steps"]))
for rows, count in steps.items():
    print(f"{rows} rows: {count} steps, {rows * count / 1000:.0f} thousand rows read")
#> 4 rows: 1745 steps, 7 thousand rows read
#> 8 rows: 840 steps, 7 thousand rows read
#> 16 rows: 491 steps, 8 thousand rows read
#> 32 rows: 288 steps, 9 thousand rows read
#> 64 rows: 195 steps, 12 thousand rows read
#> 128 rows: 139 steps, 18 thousand rows read
#> 256 rows: 114 steps, 29 thousand rows read
critical, least = critical_batch(list(steps), list(steps.values()))
print(f"critical batch {critical:.0f} rows, {least:.0f} steps at the least")
#> critical batch 70 rows, 90 steps at the least
