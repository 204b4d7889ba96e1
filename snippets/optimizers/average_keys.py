from torch import nn
from torch.optim.swa_utils import AveragedModel

average = AveragedModel(nn.Linear(2, 2))
nn.Linear(2, 2).load_state_dict(average.state_dict())
#! RuntimeError: Error(s) in loading state_dict for Linear:
