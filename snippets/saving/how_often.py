import math

write, between_failures = 2.0, 24 * 60.0  # minutes: to write one, and from failure to failure
best = math.sqrt(2 * write * between_failures)
print(round(best))
#> 76
for interval in (10, best, 500):
    lost = write / interval + interval / 2 / between_failures
    print(f"{round(interval)} minutes: {lost:.1%} lost")
#> 10 minutes: 20.3% lost
#> 76 minutes: 5.3% lost
#> 500 minutes: 17.8% lost
