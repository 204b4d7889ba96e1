from statistics import median

ours = [1.0, 1.1, 3.0, 3.2, 1.0]  # seconds; the machine was busy twice
theirs = [2.0, 2.2, 6.1, 6.3, 5.9]
print(f"{median(a / b for a, b in zip(ours, theirs)):.2f}, {min(ours) / max(theirs):.2f}")
#> 0.50, 0.16
