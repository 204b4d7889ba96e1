from reference_impl.distributed import Action, Schedule, check_schedule

f, b = (Action("F", 0), Action("F", 1)), (Action("B", 0), Action("B", 1))
orders = ((f[0], b[0], f[1], b[1]), (f[0], f[1], b[0], b[1]))
check_schedule(Schedule("one at a time", 2, 2, 1, orders))
#! ValueError: one at a time can't go on: rank 0 is at B0 and waits for B0 of rank 1; rank 1 is at F1 and waits for F1 of rank 0
