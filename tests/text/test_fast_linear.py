"""Linear layers by another library than torch's own: the same numbers, and torch's own where that library cannot."""

import pytest
import torch
from torch import nn

from graphfm.text import fast_linear
from graphfm.text.fast_linear import LARGE, FastLinear, has_product, use_fast_linear


def layers(*, bias: bool = True) -> tuple[nn.Linear, nn.Linear]:
    """The same one twice, as it was and made fast."""
    torch.manual_seed(0)
    plain, fast = nn.Linear(128, 192, bias=bias), nn.Sequential(nn.Linear(128, 192, bias=bias))
    fast[0].load_state_dict(plain.state_dict())
    use_fast_linear(fast)
    return plain, fast[0]  # type: ignore[return-value]


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (1_000,), (5, 200), (0, 9)])  # 1,000 x 128 x 192 are many
@pytest.mark.parametrize("bias", [True, False])
def test_equals_torch(shape: tuple[int, ...], bias: bool) -> None:
    plain, fast = layers(bias=bias)
    x = torch.randn(*shape, 128)
    with torch.inference_mode():
        torch.testing.assert_close(fast(x), plain(x), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(fast(x.transpose(0, -2)), plain(x.transpose(0, -2)), atol=1e-5, rtol=1e-5)


def test_the_other_library_is_used() -> None:
    """Else the speed would be lost in silence."""
    if not has_product():
        pytest.skip("torch was built without oneDNN")
    _, fast = layers()
    x = torch.randn(1_000, 128)
    assert x.numel() * len(fast.weight) >= LARGE
    with torch.no_grad(), torch.profiler.profile() as profile:
        fast(x)
    assert any("mkldnn" in event.key for event in profile.key_averages())


def test_gradients_and_other_types_are_left_to_torch() -> None:
    plain, fast = layers()
    x = torch.randn(1_000, 128)
    for layer in (plain, fast):
        layer(x).square().sum().backward()
    torch.testing.assert_close(fast.weight.grad, plain.weight.grad)
    with torch.no_grad():
        assert torch.equal(fast.double()(x.double()), plain.double()(x.double()))
        assert torch.equal(fast.bfloat16()(x.bfloat16()), plain.bfloat16()(x.bfloat16()))


def test_a_network_of_others_keeps_its_parameters() -> None:
    network = nn.Sequential(nn.Linear(8, 4), nn.GELU(), nn.Bilinear(2, 2, 2))
    names = [*network.state_dict()]
    use_fast_linear(network)
    assert [*network.state_dict()] == names
    assert isinstance(network[0], FastLinear) == has_product()


def test_a_torch_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_linear, "has_product", lambda: False)
    plain, same = layers()
    assert type(same) is type(plain)
