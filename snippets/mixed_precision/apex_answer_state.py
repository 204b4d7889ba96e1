import torch

apex = {"loss_scaler0": {"loss_scale": 32768.0, "unskipped": 1500}}  # what amp.state_dict() gave
old = apex["loss_scaler0"]
scaler = torch.amp.GradScaler("cpu")
state = {"scale": old["loss_scale"], "_growth_tracker": old["unskipped"]}
scaler.load_state_dict(scaler.state_dict() | state)
print(scaler.get_scale(), scaler.state_dict()["_growth_tracker"])
#> 32768.0 1500
