from time import perf_counter

import torch


def fastest(work, tries=9):
    times = []
    for _ in range(tries):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


x = torch.ones(2**20, 16)
column = x[:, 0]
packed = column.contiguous()
strided_pass, packed_pass = fastest(column.sum), fastest(packed.sum)
print(strided_pass > 2 * packed_pass)
#> True

copy = fastest(column.contiguous)
print(copy + 4 * packed_pass < 4 * strided_pass)
#> True

square = torch.ones(2048, 2048)
print(fastest(square.t().sum) < 2 * fastest(square.sum))
#> True
