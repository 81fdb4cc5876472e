"""The pretend device raises where a real one would, and nowhere else."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.pretend.device import PretendTensor, TwoDevicesError, UnaskedReadError, pretending


def test_what_runs_there_stays_there_and_gives_the_numbers_of_the_cpu() -> None:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3)), torch.randn(5, 4)
    expected = nn.functional.cross_entropy(model(x), torch.arange(5) % 3)
    expected.backward()
    grads = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    with pretending():
        moved = model.to("cuda")
        assert all(p.device.type == "cuda" and p.is_leaf and p.requires_grad for p in moved.parameters())
        loss = nn.functional.cross_entropy(moved(x.to("cuda")), torch.arange(5, device="cuda") % 3)
        loss.backward()
        torch.optim.AdamW(moved.parameters(), lr=0.1).step()
        assert isinstance(loss, PretendTensor)
        torch.testing.assert_close(loss.cpu(), expected)
        for ours, theirs in zip((p.grad for p in moved.parameters()), grads, strict=True):
            torch.testing.assert_close(ours.cpu(), theirs)


def x() -> torch.Tensor:
    return torch.arange(4.0, device="cuda")


ALLOWED = {
    "a number": lambda: x() + 1,
    "a scalar of the CPU": lambda: x() + torch.tensor(1.0),
    "made like it": lambda: x() * torch.zeros_like(x()) + x().new_ones(4) + torch.ones(4, device=x().device),
    "asked": lambda: x() * x().sum().item() + int(x().max()) + len(x().tolist()),
    "a mask": lambda: x()[x() > 1] + x()[x() > 1],
    "one hot": lambda: nn.functional.one_hot(x().long(), 4) * x(),
    "copied": lambda: torch.zeros(4).copy_(x()) + torch.zeros(4),
    "to the device of another": lambda: torch.zeros(4).to(x()) + x(),
    "of a list": lambda: torch.tensor([1.0, 2.0, 3.0, 4.0], device="cuda") + x(),
    "an index": lambda: x()[torch.tensor([0, 1], device="cuda")],
    "in place": lambda: x().add_(x())[1:].mul_(2),
    "repeated": lambda: x().repeat_interleave(x().long(), output_size=6),
    "embedding bag": lambda: nn.functional.embedding_bag(x().long()[None], torch.ones(4, 2, device="cuda")),
}
TWO = {
    "sum": lambda: x() + torch.zeros(4),
    "made on the CPU": lambda: x() * torch.arange(4),
    "an index of the CPU": lambda: x()[torch.tensor([0])],
    "a CPU tensor by its index": lambda: torch.zeros(9)[x().long()],
    "where": lambda: torch.where(x() > 1, torch.zeros(4), x()),
    "cat": lambda: torch.cat([x(), torch.zeros(1)]),
    "write": lambda: x().index_copy_(0, x().long(), torch.zeros(4)),
    "generator": lambda: torch.rand(3, device="cuda", generator=torch.Generator()),
}
UNASKED = {
    "an item": lambda: [1, 2, 3, 4][x().long()[0]],
    "an item of a tensor": lambda: x()[x().long()[0]],
    "a slice": lambda: x()[: x().long()[2]],
    "a range": lambda: torch.arange(x().sum()),
    "a string": lambda: f"{x().sum()}",
}


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str) -> None:
    with pretending():
        found = ALLOWED[name]()
        found = found.cpu() if isinstance(found, PretendTensor) else found
    assert isinstance(found, torch.Tensor)


@pytest.mark.parametrize("name", TWO)
def test_two_devices(name: str) -> None:
    with pretending(), pytest.raises(TwoDevicesError):
        TWO[name]()


@pytest.mark.parametrize("name", UNASKED)
def test_unasked_reads(name: str) -> None:
    with pretending(), pytest.raises(UnaskedReadError):
        UNASKED[name]()


def test_arrays_are_refused_as_a_real_device_refuses_them() -> None:
    with pretending(), pytest.raises(TypeError, match=r"Use Tensor\.cpu"):
        x().numpy()


def test_asked_reads_are_counted() -> None:
    with pretending() as reads:
        x().sum().item()
        x()[x() > 1].cpu()
        assert reads == {"item": 1, "mask": 1, "cpu": 1}


@pytest.mark.parametrize("name", ["tolist", "nonzero", "repeat_interleave", "cpu", "bool"])
def test_a_quiet_step_reads_nothing(name: str) -> None:
    words = {
        "tolist": lambda: x().tolist(),
        "nonzero": lambda: x().nonzero(),
        "repeat_interleave": lambda: x().repeat_interleave(x().long()),
        "cpu": lambda: x().cpu(),
        "bool": lambda: bool(x().any()),
    }
    with (
        pretending(quiet=True),
        pytest.raises(UnaskedReadError, match=f"{name} waits for the device in a step that must not"),
    ):
        words[name]()


class Custom(torch.autograd.Function):
    """Makes its gradient on the CPU, whatever it was given."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * torch.full((4,), 2.0)


def test_a_backward_pass_of_ours_is_looked_at_too() -> None:
    with pretending(), pytest.raises(TwoDevicesError):
        Custom.apply(x().requires_grad_()).sum().backward()
