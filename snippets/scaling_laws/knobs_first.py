from reference_impl.scaling_laws import recorded

best = {}
for run in recorded("rates")["runs"]:
    name = "µP" if run["mup"] else "one rate for all"
    key = name, run["dim"]
    if key not in best or run["excess"] < best[key]["excess"]:
        best[key] = run
for (name, dim), run in best.items():
    print(f"{name}, width {dim}: best at {run['rate']}, {run['excess']:.2f} above the floor")
#> one rate for all, width 16: best at 0.032, 0.64 above the floor
#> one rate for all, width 32: best at 0.016, 0.54 above the floor
#> one rate for all, width 64: best at 0.008, 0.43 above the floor
#> one rate for all, width 128: best at 0.004, 0.43 above the floor
#> µP, width 16: best at 0.016, 0.64 above the floor
#> µP, width 32: best at 0.016, 0.54 above the floor
#> µP, width 64: best at 0.016, 0.45 above the floor
#> µP, width 128: best at 0.016, 0.40 above the floor
