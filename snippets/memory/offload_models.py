import torch
from torch.autograd.graph import save_on_cpu

from reference_impl.bert import BertConfig, BertForPreTraining
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload
from reference_impl.t5 import T5, T5Config

ids, targets = torch.randint(1, 50, (2, 8, 64))
sizes = {"vocab": 50, "dim": 48, "layers": 3, "heads": 4, "dropout": 0.0}
models = {
    "GPT": GPT(GPTConfig(context=64, **sizes)),
    "BERT": BertForPreTraining(BertConfig(context=64, attention_dropout=0.0, **sizes)),
    "T5": T5(T5Config(head_dim=12, hidden=96, **sizes)),
}
for name, model in models.items():
    every = save_on_cpu(pin_memory=True)
    pack, bytes_packed = every.pack_hook, []
    every.pack_hook = lambda tensor, pack=pack: (bytes_packed.append(tensor.nbytes), pack(tensor))[
        1
    ]
    with every:
        model.loss(ids, targets)
    with Offload(model, ids, targets) as offload:
        loss = model.loss(ids, targets)
    moved = offload.moved_out
    (loss if torch.is_tensor(loss) else loss.total).backward()
    print(
        f"{name:5} save_on_cpu {sum(bytes_packed):9,}  Offload {moved:9,}  back {offload.moved_back:9,}"
    )
#> GPT   save_on_cpu 5,504,128  Offload 4,870,144  back 4,870,144
#> BERT  save_on_cpu 44,836,748  Offload 40,763,392  back 40,763,392
#> T5    save_on_cpu 31,521,028  Offload 20,332,544  back 20,332,544
