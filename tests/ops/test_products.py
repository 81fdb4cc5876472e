"""Products by another library than torch's own: the same numbers, and torch's own where that library cannot."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from graphfm.ops import products
from graphfm.ops.products import LARGE, Linear, linear, use_products


def case(rows: int, *, size: int = 32, out: int = 48) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(rows)
    shapes = [(rows, size), (out, size), (out,), (rows, out)]
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)  # type: ignore[return-value]


@pytest.mark.parametrize("rows", [0, 1, 7, 3_000])  # 3,000 x 32 x 48 are many
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("with_plus", [False, True])
def test_equals_torch(rows: int, with_bias: bool, with_plus: bool) -> None:
    x, weight, bias, plus = case(rows)
    kept = plus.clone()
    expected = F.linear(x, weight, bias if with_bias else None) + (plus if with_plus else 0)
    with torch.no_grad():
        found = linear(x, weight, bias if with_bias else None, plus if with_plus else None)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-5)
    assert torch.equal(plus, kept)


def test_the_other_library_is_used() -> None:
    """Else the speed would be lost in silence."""
    if products._PRODUCTS is None:
        pytest.skip("torch was built without oneDNN")
    x, weight, _, _ = case(3_000)
    assert x.numel() * len(weight) >= LARGE
    with torch.no_grad(), torch.profiler.profile() as profile:
        linear(x, weight)
    assert any("mkldnn" in event.key for event in profile.key_averages())


def test_three_dimensions_columns_of_a_weight_and_rows_out_of_order() -> None:
    x = torch.randn(60, 70, 64, generator=torch.Generator().manual_seed(0)).transpose(0, 1)
    weight = torch.randn(48, 128, generator=torch.Generator().manual_seed(1))[:, 64:]
    with torch.no_grad():
        torch.testing.assert_close(linear(x, weight), F.linear(x, weight), atol=1e-4, rtol=1e-5)
        torch.testing.assert_close(linear(x[0], weight, plus=x[:1, 0, :48]), F.linear(x[0], weight) + x[0, 0, :48])


def test_gradients_are_those_of_torch() -> None:
    x, weight, bias, plus = (tensor.requires_grad_() for tensor in case(3_000))
    linear(x, weight, bias, plus).square().sum().backward()
    found = [tensor.grad for tensor in (x, weight, bias, plus)]
    for tensor in (x, weight, bias, plus):
        tensor.grad = None
    (F.linear(x, weight, bias) + plus).square().sum().backward()
    for one, tensor in zip(found, (x, weight, bias, plus), strict=True):
        torch.testing.assert_close(one, tensor.grad, atol=1e-2, rtol=1e-4)


def test_other_types_and_a_torch_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight, bias, plus = case(3_000)
    with torch.no_grad():
        assert linear(x.double(), weight.double(), bias.double()).dtype == torch.double
        assert linear(x.bfloat16(), weight.bfloat16()).dtype == torch.bfloat16
        with_it = linear(x, weight, bias, plus)
        monkeypatch.setattr(products, "_PRODUCTS", None)
        torch.testing.assert_close(linear(x, weight, bias, plus), with_it, atol=1e-4, rtol=1e-5)


def test_a_network_of_others_keeps_its_parameters_and_its_answers() -> None:
    network = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 48))
    x, names = torch.randn(3_000, 32), [*network.state_dict()]
    with torch.no_grad():
        before = network(x)
        use_products(network)
        torch.testing.assert_close(network(x), before, atol=1e-5, rtol=1e-5)
    assert isinstance(network[0], Linear)
    assert [*network.state_dict()] == names
