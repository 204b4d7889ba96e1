from reference_impl.distributed import MeshGPT, make_groups, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4)


def work(rank, state):
    model = MeshGPT(CONFIG, state, make_groups({"data": 2, "pipe": 2, "tensor": 2}))
    return {name: p.numel() for name, p in model.stage.named_parameters()}


if __name__ == "__main__":
    whole = GPT(CONFIG)
    held = run_ranks(work, 8, whole.state_dict())
    for name in ("mlp.up.weight", "mlp.down.bias", "attention_norm.weight", "tokens.weight"):
        name = name if "tokens" in name else f"blocks.0.{name}"
        print(name, sum(rank.get(name, 0) for rank in held) // whole.get_parameter(name).numel())
    #> blocks.0.mlp.up.weight 2
    #> blocks.0.mlp.down.bias 4
    #> blocks.0.attention_norm.weight 4
    #> tokens.weight 4
