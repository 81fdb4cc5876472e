"""A gated recurrent unit whose state is zero almost everywhere, because most nodes have just been reached."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Carry(nn.GRUCell):
    """`torch.nn.GRUCell` on N' nodes of which N had a state before: what the others' zeros would cost is not spent.

    Shapes:
        update `(N', d)`, state `(N, d)`, old `(N,)` their places among the N' -> `(N', d)`.
    """

    def forward(self, update: Tensor, state: Tensor, old: Tensor) -> Tensor:  # type: ignore[override]
        d = self.hidden_size
        into, kept = self.bias_ih, self.bias_hh
        # Reset and update gate side by side, then the new state.
        gates = F.linear(update, self.weight_ih[: 2 * d], into[: 2 * d] + kept[: 2 * d])
        gates = gates.index_add(0, old, state @ self.weight_hh[: 2 * d].T).sigmoid_()
        reset, stay = gates.split(d, 1)
        fresh = torch.addcmul(F.linear(update, self.weight_ih[2 * d :], into[2 * d :]), reset, kept[2 * d :])
        fresh = fresh.index_add(0, old, reset.index_select(0, old) * (state @ self.weight_hh[2 * d :].T)).tanh_()
        return (fresh - stay * fresh).index_add(0, old, stay.index_select(0, old) * state)
