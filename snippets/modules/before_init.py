from torch import nn


class Early(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 2)
        super().__init__()


Early()
#! AttributeError: cannot assign module before Module.__init__() call
