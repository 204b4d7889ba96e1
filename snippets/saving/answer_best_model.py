from reference_impl.saving import CheckpointFolder, save_checkpoint

checkpoints = CheckpointFolder("checkpoints", keep=2)
best = float("inf")
for step, loss in enumerate([0.9, 0.5, 0.7, 0.8, 0.6]):
    state = {"step": step, "best": min(best, loss)}
    checkpoints.save(step, state)
    if loss < best:
        best = loss
        save_checkpoint("best.pt", state)
print(checkpoints.steps(), best)
#> [3, 4] 0.5
