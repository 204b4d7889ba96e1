"""`reference_impl.saving.exporting`: real exports on sizes they never saw, and what is refused."""

import functools
import inspect
import logging
import sys

import pytest
import torch
from torch import nn

from reference_impl.saving.exporting import check_onnx, dynamic_dims, export_onnx

onnx = pytest.importorskip("onnx", reason="pip install 'class-logs[onnx]'")
pytest.importorskip("onnxruntime", reason="pip install 'class-logs[onnx]'")
pytest.importorskip("onnxscript", reason="pip install 'class-logs[onnx]'")

HEAD = '<ir_version: 8, opset_import: ["" : 18]>\n'


class Scorer(nn.Module):
    """Two inputs that share both sizes, and two outputs."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, ids, mask):
        hidden = self.norm(self.embedding(ids)) * mask[..., None]
        mean = hidden.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)
        return self.head(mean), hidden.argmax(dim=-1)


def batch(rows, length):
    torch.manual_seed(rows * 100 + length)
    return torch.randint(0, 20, (rows, length)), torch.randint(0, 2, (rows, length)).float()


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    torch.manual_seed(0)
    model = Scorer().eval()
    both = {0: "batch", 1: "length"}
    path = tmp_path_factory.mktemp("onnx") / "scorer.onnx"
    assert export_onnx(model, batch(2, 5), path, {"ids": both, "mask": both}) == path
    return path, model


def graph(tmp_path, text):
    path = tmp_path / "graph.onnx"
    onnx.save(onnx.parser.parse_model(HEAD + text), path)
    return path


def test_an_export_agrees_on_sizes_it_never_saw(scorer):
    path, model = scorer
    sizes = [(1, 1), (3, 7), (8, 2), (1, 40), (0, 4)]
    assert check_onnx(path, model, [batch(*size) for size in sizes]) < 1e-5


def test_the_file_names_its_free_sizes_and_holds_the_weights(scorer):
    path, model = scorer
    loaded = onnx.load(path)
    onnx.checker.check_model(loaded)
    dims = [d.dim_param for d in loaded.graph.input[1].type.tensor_type.shape.dim]
    assert dims == ["batch", "length"]
    stored = {i.name: onnx.numpy_helper.to_array(i) for i in loaded.graph.initializer}
    weight = model.embedding.weight.detach()
    assert torch.equal(torch.from_numpy(stored["embedding.weight"].copy()), weight)


def test_the_route_over_torch_export_is_the_default():
    assert inspect.signature(torch.onnx.export).parameters["dynamo"].default is True


def test_other_weights_are_noticed(scorer):
    path, model = scorer
    torch.manual_seed(1)
    other = Scorer().eval()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        other.head.bias[1] += 0.5
    with pytest.raises(
        ValueError, match=r"inputs of size \(3, 7\), \(3, 7\): 3 of 9 values differ, by up to 0\.5"
    ):
        check_onnx(path, other, [batch(3, 7)])


def test_a_static_export_is_refused_on_another_size_and_silence_is_kept(tmp_path, recwarn, capfd):
    model = nn.Linear(3, 2).eval()
    before = logging.getLogger("torch.onnx").level
    path = export_onnx(model, (torch.ones(4, 3),), tmp_path / "static.onnx")
    assert check_onnx(path, model, [(torch.ones(4, 3),)]) < 1e-5
    with pytest.raises(ValueError, match=r"refuses inputs of size \(5, 3\): .*Got invalid") as e:
        check_onnx(path, model, [(torch.ones(5, 3),)])
    assert "Got: 5 Expected: 4" in str(e.value)
    assert not recwarn.list
    assert capfd.readouterr().out == ""
    assert logging.getLogger("torch.onnx").level == before


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y = Neg(x)", "output 'y' for inputs of size (3,): 2 of 3 values differ, by up to 4"),
        (
            "y = Log(x)",
            "3 of 3 values differ, by up to 1.31 where finite",
        ),  # NaN and -inf where PyTorch has 0
        ("n = Neg(x) y = Concat<axis=0>(x, n)", "expected (3,) of torch.float32"),
    ],
)
def test_a_wrong_output_is_named_with_size_and_difference(tmp_path, formula, message):
    path = graph(tmp_path, f"g (float[n] x) => (float[m] y) {{ {formula} }}")
    with pytest.raises(ValueError, match="output 'y'") as error:
        check_onnx(path, nn.ReLU(), [(torch.tensor([-1.0, 0.0, 2.0]),)])
    assert message in str(error.value)


def test_a_nan_in_both_is_no_difference(tmp_path):
    path = graph(tmp_path, "g (float[n] x) => (float[n] y) { y = Relu(x) }")
    x = torch.tensor([float("nan"), float("inf"), 1.0])
    assert check_onnx(path, nn.ReLU(), [(x,)]) == 0.0


def test_integers_booleans_and_nothing_compare(tmp_path):
    path = graph(tmp_path, "g (int64[n] x) => (int64[n] y) { y = Identity(x) }")
    inputs = [(torch.arange(3),), (torch.arange(0),)]
    assert check_onnx(path, nn.Identity(), inputs) == 0.0
    path = graph(tmp_path, "g (bool[n] x) => (bool[n] y) { y = Not(x) }")
    with pytest.raises(ValueError, match="2 of 2 values differ, by up to 1 where"):
        check_onnx(path, nn.Identity(), [(torch.tensor([True, False]),)])


def test_an_output_of_another_dtype_is_noticed(tmp_path):
    path = graph(tmp_path, "g (float[n] x) => (double[n] y) { y = Cast<to=11>(x) }")
    with pytest.raises(ValueError, match=r"torch\.float32 .* of torch\.float64"):
        check_onnx(path, nn.ReLU(), [(torch.ones(2),)])


def test_inputs_and_outputs_are_counted(tmp_path):
    path = graph(tmp_path, "g (float[n] x) => (float[n] y, float[n] z) { y = Relu(x) z = Neg(x) }")
    with pytest.raises(ValueError, match=r"expected 1 outputs .* has \['y', 'z'\]"):
        check_onnx(path, nn.ReLU(), [(torch.ones(2),)])
    with pytest.raises(ValueError, match=r"expected 1 inputs \['x'\], got 2"):
        check_onnx(path, nn.ReLU(), [(torch.ones(2), torch.ones(2))])
    with pytest.raises(ValueError, match="at least one tuple of inputs"):
        check_onnx(path, nn.ReLU(), [])


def test_an_output_that_is_no_tensor_is_named(tmp_path):
    class Named(nn.Module):
        def forward(self, x):
            return {"double": x * 2}

    x = torch.ones(2)
    path = export_onnx(Named().eval(), (x,), tmp_path / "a.onnx")
    with pytest.raises(TypeError, match="returns tensors, got dict"):
        check_onnx(path, Named().eval(), [(x,)])


def test_a_model_in_train_mode_is_refused_and_the_part_named(tmp_path):
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).eval()
    model[1].train()
    with pytest.raises(ValueError, match=r"eval mode, got train mode in \['1'\]"):
        export_onnx(model, (torch.ones(2, 2),), tmp_path / "a.onnx")


def test_an_example_that_is_no_tuple_is_refused(tmp_path):
    # beartype, on in tests, speaks first; both are a TypeError.
    with pytest.raises(TypeError, match="example"):
        export_onnx(nn.ReLU().eval(), torch.ones(2), tmp_path / "a.onnx")


@pytest.mark.parametrize(
    ("dynamic", "message"),
    [
        ({"idz": {0: "batch"}}, r"dynamic names \['idz'\]: expected inputs of forward, \['ids', "),
        ({"ids": {2: "x"}}, r"dynamic\['ids'\] names axis 2: expected 0 to 1, .*\(1, 5\)"),
        ({"ids": {-1: "x"}}, "names axis -1"),
        ({"ids": {0: "batch"}}, "'batch' is 1 in the example: expected 2 or more"),
    ],
)
def test_dynamic_sizes_that_do_not_fit_are_refused(dynamic, message):
    with pytest.raises(ValueError, match=message):
        dynamic_dims(Scorer(), batch(1, 5), dynamic)


@pytest.mark.parametrize("name", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_named_with_the_way_to_install_it(tmp_path, monkeypatch, name):
    path = graph(tmp_path, "g (float[n] x) => (float[n] y) { y = Relu(x) }")
    monkeypatch.setitem(sys.modules, name, None)
    if name == "onnxruntime":
        call = functools.partial(check_onnx, path, nn.ReLU(), [(torch.ones(2),)])
    else:
        call = functools.partial(export_onnx, nn.ReLU().eval(), (torch.ones(2),), path)
    with pytest.raises(ImportError, match=rf"{name} is not installed: .*class-logs\[onnx\]"):
        call()
