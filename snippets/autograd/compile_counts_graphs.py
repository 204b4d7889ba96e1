# run: python
import torch


def show_graph(graph_module, example_inputs):
    nodes = graph_module.graph.nodes
    print("graph:", [n.name for n in nodes if n.op.startswith("call")])
    return graph_module.forward


def straight(x):
    return (x * 2).sin()


def branch(x):
    if x.sum() > 0:
        return x.sin()
    return x.cos()


torch.compile(straight, backend=show_graph)(torch.ones(3))
#> graph: ['mul', 'sin']
torch.compile(branch, backend=show_graph)(torch.ones(3))
#> graph: ['sum_1', 'gt']
#> graph: ['sin']

torch.compiler.reset()
try:
    whole = torch.compile(branch, backend=show_graph, fullgraph=True)
    whole(torch.ones(3))
except Exception as error:
    print(type(error).__name__, "-", str(error).splitlines()[0])
    #> Unsupported - Data-dependent branching
