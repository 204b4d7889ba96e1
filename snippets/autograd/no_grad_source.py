import inspect

import torch

print(inspect.getsource(torch.no_grad.__enter__))
#>     def __enter__(self) -> None:
#>         self.prev = torch.is_grad_enabled()
#>         torch.set_grad_enabled(False)
#>
print(inspect.getsource(torch.no_grad.__exit__))
#>     def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
#>         torch.set_grad_enabled(self.prev)
#>
