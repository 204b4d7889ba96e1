"""Where a trained Transformer looks: `python -m benchmarks.cross_attention_map`.

Trains the model of `snippets/attention/transformer_train.py` (six digits, reversed) and writes the weights of its
cross-attention for one text, one matrix a head, into the data file that
`snippets/attention/figures/transformer_cross_attention.py` draws. About six seconds on one core.
"""

import json
import runpy
from pathlib import Path

import torch

from reference_impl.attention import Transformer, attention_weights

ATTENTION = Path(__file__).parents[1] / "snippets" / "attention"
DATA = ATTENTION / "figures" / "transformer_cross_attention.json"


def main() -> None:
    """Train, look once, write."""
    torch.set_num_threads(1)
    model = runpy.run_path(str(ATTENTION / "transformer_train.py"))["model"]
    if not isinstance(model, Transformer):
        raise TypeError(f"expected the program to leave a Transformer, got {type(model).__name__}")
    source = torch.tensor([[5, 11, 4, 3, 10, 6]])  # the digits 3 9 2 1 8 4
    target = torch.cat((torch.tensor([[1]]), source.flip(1)), dim=1)
    attention = model.decoder[0].get_submodule("cross_attention")
    seen: list[torch.Tensor] = []
    hook = attention.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        memory, mask = model.encode(source)
        model.decode(target[:, :-1], memory, mask)
        hook.remove()
        layer = model.decoder[0].cross_attention
        weights = attention_weights(layer.project_q(seen[0]), layer.project_kv(memory)[0])
    rounded = [[[round(w, 3) for w in row] for row in head] for head in weights[0].tolist()]
    data = {"digits": (source[0] - 2).tolist(), "torch": torch.__version__, "heads": rounded}
    DATA.write_text(json.dumps(data) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
