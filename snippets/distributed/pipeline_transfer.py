from reference_impl.distributed import Times, interleaved, one_f_one_b, simulate

for transfer in (0.0, 0.1, 0.3):
    times = Times(transfer=transfer)
    totals = [simulate(one_f_one_b(4, 8), times).total]
    totals += [simulate(interleaved(4, 8, v), times).total for v in (2, 4)]
    print(transfer, [round(total, 1) for total in totals])
#> 0.0 [33.0, 28.5, 26.2]
#> 0.1 [34.6, 29.9, 29.3]
#> 0.3 [37.8, 32.7, 35.9]
