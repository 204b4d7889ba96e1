"""The tagger on [bert4torch](https://github.com/Tongjilibo/bert4torch)'s API, with our weights in it.

After its example `examples/sequence_labeling/task_sequence_labeling_ner_crf.py`. Nothing here is
imported with the package: to import bert4torch takes `compile` away from `torch.nn.Module`, so do it
in a process of its own.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# --8<-- [start:bert4torch_imports]
import torch
from torch import nn

# --8<-- [end:bert4torch_imports]
from reference_impl.bert.alignment import TagBatch, first_pieces
from reference_impl.bert.crf import LinearChainCRF
from reference_impl.bert.hugging_face import to_hugging_face
from reference_impl.bert.model import Bert
from reference_impl.bert.tags import allowed_transitions

__all__ = ["bert4torch_encoder", "bert4torch_tagger"]


# --8<-- [start:bert4torch_encoder]
def bert4torch_encoder(bert: "Bert") -> "Any":  # noqa: ANN401 - their class has no types
    """Return bert4torch's encoder with the weights of ours."""
    from bert4torch.models import build_transformer_model

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bert4torch_config.json"  # other names are looked up on the network
        config.write_text(json.dumps(bert.config.to_hugging_face()))
        weights = Path(folder) / "pytorch_model.bin"
        state = {f"bert.{name}": weight for name, weight in to_hugging_face(bert).items()}
        torch.save(state, weights)
        model = build_transformer_model(str(config))
        model.from_pretrained(str(weights))
    return model


# --8<-- [end:bert4torch_encoder]


# --8<-- [start:bert4torch_tagger]
def bert4torch_tagger(bert: "Bert", names: "Sequence[str]", constrained: "bool" = True) -> "Any":  # noqa: ANN401 - as above
    """Return a tagger on their encoder, their CRF and their trainer."""
    from bert4torch.models import BaseModel  # first: bert4torch.layers alone fails to import

    from bert4torch.layers import CRF  # isort: skip

    class Model(BaseModel):  # type: ignore[misc]  # it has no types
        def __init__(self) -> None:
            super().__init__()
            self.names = tuple(names)
            self.bert = bert4torch_encoder(bert)
            self.head = nn.Linear(bert.config.dim, len(names))
            self.head.apply(bert.initialise)
            tables = None
            if constrained:
                ours = LinearChainCRF(len(names), allowed_transitions(names))
                start, transitions, end = (table.tolist() for table in ours.constrained())
                tables = [transitions, start, end]
            self.crf = CRF(len(names), tables)

        def forward(self, ids: torch.Tensor, starts: torch.Tensor) -> tuple[torch.Tensor, ...]:
            hidden = self.bert([ids, torch.zeros_like(ids)])  # the second: segments
            return first_pieces(self.head(hidden), starts)

        @torch.no_grad()
        def predict(self, batch: TagBatch) -> list[list[int]]:
            paths = self.crf.decode(*self(batch.ids, batch.starts))
            return [path[:n].tolist() for path, n in zip(paths, batch.starts.sum(1), strict=True)]

    return Model()


# --8<-- [end:bert4torch_tagger]
