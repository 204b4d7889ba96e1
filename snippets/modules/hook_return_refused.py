import torch
from torch import nn


def attempt(kind, use):
    layer = nn.Linear(2, 2)
    owner = layer.weight if kind == "post_accumulate_grad" else layer
    getattr(owner, f"register_{kind}_hook")(lambda *_: torch.ones(2, 2))
    try:
        use(layer)
        print(f"{kind}: ignored")
    except (RuntimeError, AssertionError) as error:
        print(f"{kind}: {type(error).__name__}")


attempt("post_accumulate_grad", lambda m: m(torch.ones(1, 2)).sum().backward())
#> post_accumulate_grad: RuntimeError
attempt("state_dict_pre", lambda m: m.state_dict())
#> state_dict_pre: ignored
attempt("state_dict_post", lambda m: m.state_dict())
#> state_dict_post: RuntimeError
attempt("load_state_dict_pre", lambda m: m.load_state_dict(m.state_dict()))
#> load_state_dict_pre: ignored
attempt("load_state_dict_post", lambda m: m.load_state_dict(m.state_dict()))
#> load_state_dict_post: AssertionError
