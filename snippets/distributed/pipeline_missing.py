from dataclasses import replace

from reference_impl.distributed import check_schedule, one_f_one_b

good = one_f_one_b(4, 8)
orders = (*good.orders[:2], good.orders[2][:-1], good.orders[3])
check_schedule(replace(good, orders=orders))
#! ValueError: expected rank 2 to do B7 once, it does it never
