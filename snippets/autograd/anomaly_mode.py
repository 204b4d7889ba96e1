import torch

w = torch.tensor([0.0, 4.0], requires_grad=True)
loss = (w.sqrt() * w).sum()
loss.backward()
print(w.grad)
#> tensor([nan, 3.])

with torch.autograd.detect_anomaly():
    #! UserWarning: Anomaly Detection has been enabled
    loss = (w.sqrt() * w).sum()
    loss.backward()
    #! UserWarning: Error detected in SqrtBackward0
    #! RuntimeError: Function 'SqrtBackward0' returned nan values
