"""An operator of our own: registered for two devices, chosen by the tensor's."""

import uuid

import pytest
import torch


@pytest.fixture
def operator():
    """An operator in a namespace that no other test has, with a kernel each for CPU and CUDA."""
    called = []
    namespace = f"test_{uuid.uuid4().hex}"
    library = torch.library.Library(namespace, "DEF")
    library.define("scale(Tensor x, float factor) -> Tensor")

    def kernel(device):
        def run(x, factor):
            called.append(device)
            return x * factor

        return run

    library.impl("scale", kernel("cpu"), "CPU")
    library.impl("scale", kernel("cuda"), "CUDA")
    yield getattr(torch.ops, namespace).scale, namespace, called
    library._destroy()


def test_both_kernels_are_in_the_table_and_the_cpu_tensor_gets_its_own(operator):
    scale, namespace, called = operator
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    assert [has(f"{namespace}::scale", key) for key in ("CPU", "CUDA", "Meta")] == [
        True,
        True,
        False,
    ]
    assert scale(torch.ones(2), 3.0).tolist() == [3.0, 3.0]
    assert called == ["cpu"]


def test_a_device_without_a_kernel_is_refused(operator):
    scale, _, called = operator
    with pytest.raises(NotImplementedError):
        scale(torch.ones(2, device="meta"), 3.0)
    assert called == []


@pytest.mark.gpu
def test_the_cuda_kernel_is_chosen_for_a_cuda_tensor(operator):
    scale, _, called = operator
    assert scale(torch.ones(2, device="cuda"), 3.0).tolist() == [3.0, 3.0]
    assert called == ["cuda"]
    scale(torch.ones(2), 3.0)
    assert called == ["cuda", "cpu"]
