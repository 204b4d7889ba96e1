critical, least = 100, 1000  # rows, steps
for rows in (10, 100, 1000):
    steps = least * (1 + critical / rows)
    print(
        f"{rows} rows: {steps:.0f} steps, {steps * rows / (least * critical):.1f} x the least text"
    )
#> 10 rows: 11000 steps, 1.1 x the least text
#> 100 rows: 2000 steps, 2.0 x the least text
#> 1000 rows: 1100 steps, 11.0 x the least text
