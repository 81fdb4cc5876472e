"""Parts of a ranking: which half is seen, how often; by hand, and adding up to the whole."""

from __future__ import annotations

import torch

from graphfm.kg.drilldown import BANDS, SCENARIOS, band, band_name, drilldown, queries, scenarios
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank

TRAIN = torch.tensor([[0, 0, 1], [0, 0, 2], [3, 1, 2]])
ASKED = torch.tensor([[0, 0, 1], [3, 0, 1], [0, 0, 4], [4, 1, 0]])


def test_the_four_scenarios_by_hand() -> None:
    facts = KnownAnswers(TRAIN, num_entities=5, num_relations=2)
    found = [SCENARIOS[n] for n in scenarios(ASKED, facts).tolist()]
    # (0, 0, ?) is seen, and so is (?, 0, 1); (3, 0, ?) is not; nothing leads to 4; of (4, 1, ?) and (?, 1, 0) neither is.
    assert found == ["both seen", "answer seen", "question seen", "neither seen"]


def test_bands_hold_every_count_once() -> None:
    counts = torch.tensor([0, 1, 2, 3, 9, 10, 29, 99, 100, 10**6])
    assert [band_name(n) for n in band(counts).tolist()] == [
        "0", "1 to 2", "1 to 2", "3 to 9", "3 to 9", "10 to 29", "10 to 29", "30 to 99", "100 to 299", "100,000 and more",
    ]  # fmt: skip
    assert len({band_name(n) for n in range(len(BANDS) + 1)}) == len(BANDS) + 1


def test_parts_add_up_and_stand_beside_the_frequency_of_answers() -> None:
    known = KnownAnswers(torch.cat([TRAIN, ASKED]), num_entities=5, num_relations=2)
    table = torch.rand(5, 4, 5, generator=torch.Generator().manual_seed(0))
    ranks, others = (rank(lambda data, head, rel, t=t: t[head, rel], ASKED, known) for t in (table, 1 - table))
    assert torch.equal(queries(ranks, ASKED, 2)[:4], ASKED)
    assert queries(ranks, ASKED, 2)[4].tolist() == [1, 2, 0], (
        "who is asked for a head is the tail, by the inverse relation"
    )
    found = drilldown(ranks, others, ASKED, train=TRAIN, num_entities=5, num_relations=2)
    assert found.keys() == {"seen", "asked entity", "answer", "relation"}
    for parts in found.values():
        assert sum(part["queries"] for part in parts.values()) == 8
        for name, whole in (("mrr", metrics(ranks)["mrr"]), ("frequency_mrr", metrics(others)["mrr"])):
            mean = sum(part["queries"] * part[name] for part in parts.values()) / 8
            assert abs(mean - whole) < 1e-12
    assert found["relation"]["1 to 2"]["queries"] == 8
