"""Ranks against a loop too slow to be wrong, against PyKEEN, and at the places where ranking code commonly lies."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from graphfm.errors import DataError, GraphFMError
from graphfm.kg.batches import CPU_BUDGET, CPU_ROWS, chunks, evaluating, rows_that_fit
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import TIES, metrics
from graphfm.kg.ranking import rank, rank_candidates, rank_sampled
from graphfm.kg.ranks import concatenate

V, R = 23, 4


class TableModel(nn.Module):
    """Any score matrix as a model: `table (2R, V, V)`."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)

    def forward(self, data: object, head: Tensor, rel: Tensor) -> Tensor:
        return self.table[rel, head]


def random_triples(generator: torch.Generator, n: int = 90) -> Tensor:
    columns = [torch.randint(size, (n,), generator=generator) for size in (V, R, V)]
    return torch.stack(columns, 1)


def brute_force(table: Tensor, triples: Tensor, known: Tensor) -> list[tuple[float, int, int, int]]:
    true = {tuple(row) for row in known.tolist()}
    result = []
    for asked in ("tail", "head"):
        for h, r, t in triples.tolist():
            greater, equal, candidates = 0, 0, 0
            for v in range(V):
                triple = (h, r, v) if asked == "tail" else (v, r, t)
                if triple in true and triple != (h, r, t):
                    continue
                score = table[r, h, v] if asked == "tail" else table[r + R, t, v]
                bar = table[r, h, t] if asked == "tail" else table[r + R, t, h]
                greater, equal, candidates = greater + int(score > bar), equal + int(score == bar), candidates + 1
            result.append((greater + (equal + 1) / 2, greater + 1, greater + equal, candidates))
    return result


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), levels=st.sampled_from([1, 2, 5, 10**6]), batch_size=st.sampled_from([1, 7, None]))
def test_ranks_equal_a_loop(seed: int, levels: int, batch_size: int | None) -> None:
    generator = torch.Generator().manual_seed(seed)
    triples = random_triples(generator)
    table = torch.randint(levels, (2 * R, V, V), generator=generator).float()  # few levels: many ties
    asked = triples[:30]
    index = KnownAnswers(triples[10:], num_entities=V, num_relations=R)  # some asked triples are not known themselves
    ranks = rank(TableModel(table), asked, index, batch_size=batch_size)
    got = zip(
        *(x.tolist() for x in (ranks.realistic, ranks.optimistic, ranks.pessimistic, ranks.candidates)), strict=True
    )
    assert list(got) == brute_force(table, asked, triples[10:])


def test_constant_scorer_is_at_chance_and_perfect_one_is_first() -> None:
    triples = random_triples(torch.Generator().manual_seed(0))
    nothing = KnownAnswers(triples[:0], num_entities=V, num_relations=R)
    constant = rank(TableModel(torch.zeros(2 * R, V, V)), triples, nothing)
    assert (constant.realistic == (V + 1) / 2).all()
    assert metrics(constant)["mrr"] == pytest.approx(2 / (V + 1))
    perfect = torch.zeros(2 * R, V, V)
    h, r, t = triples.unbind(1)
    perfect[r, h, t], perfect[r + R, t, h] = 1.0, 1.0
    everything = KnownAnswers(triples, num_entities=V, num_relations=R)
    assert (rank(TableModel(perfect), triples, everything).realistic == 1).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_scores_that_are_not_finite_are_refused(bad: float) -> None:
    triples = random_triples(torch.Generator().manual_seed(0))
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    table = torch.zeros(2 * R, V, V)
    table[triples[0, 1], triples[0, 0], 3] = bad
    with pytest.raises(GraphFMError, match="NaN or infinite"):
        rank(TableModel(table), triples, index)
    candidates = torch.full((len(triples), 1), 3)
    with pytest.raises(GraphFMError, match="NaN or infinite"):
        rank_candidates(
            TableModel(table), triples, candidates, direction="tail", protocol="one", num_entities=V, num_relations=R
        )


def test_scores_whose_sum_overflows_are_not_refused() -> None:
    triples = torch.tensor([[0, 0, 1]])
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    assert rank(TableModel(torch.full((2 * R, V, V), 3e38)), triples, index).realistic.tolist() == [12.0, 12.0]


def test_direction_relation_and_unseen_entities_are_recorded() -> None:
    triples = torch.tensor([[0, 3, 1], [5, 2, 6]])
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    ranks = rank(TableModel(torch.zeros(2 * R, V, V)), triples, index, train=torch.tensor([[0, 0, 1], [1, 0, 5]]))
    assert ranks.is_head.tolist() == [False, False, True, True]
    assert ranks.relation.tolist() == [3, 2, 3, 2]
    assert ranks.triple.tolist() == [0, 1, 0, 1]
    assert ranks.unseen.tolist() == [False, True, False, True]
    assert rank(TableModel(torch.zeros(2 * R, V, V)), triples, index, directions=("head",)).is_head.all()


def test_wrong_ids_are_named() -> None:
    index = KnownAnswers(torch.tensor([[0, 0, 1]]), num_entities=V, num_relations=R)
    with pytest.raises(DataError, match=r"tail ids 23..23, expected ids in 0..22"):
        rank(TableModel(torch.zeros(2 * R, V, V)), torch.tensor([[0, 0, V]]), index)


def test_training_mode_is_put_back() -> None:
    model = nn.Sequential(nn.Dropout(), nn.Dropout())
    model[1].eval()
    with evaluating(model):
        assert not model.training
        assert not model[0].training
    assert model.training
    assert model[0].training
    assert not model[1].training


def test_a_batch_of_scores_keeps_to_the_budget_down_to_a_few_rows() -> None:
    rows = {width: rows_that_fit(width, torch.device("cpu")) for width in (100, 14_541, 10**7)}
    assert 4 * 14_541 * rows[14_541] <= CPU_BUDGET < 4 * 14_541 * (rows[14_541] + 1)
    assert rows[100] > rows[14_541] > rows[10**7] == CPU_ROWS


def test_chunks_halve_when_memory_runs_out_and_pass_other_errors_on() -> None:
    sizes = []

    def step(start: int, stop: int) -> int:
        sizes.append(stop - start)
        if stop - start > 2:
            raise torch.OutOfMemoryError("too much")
        return stop - start

    assert sum(chunks(step, 9, 8)) == 9
    assert sizes == [8, 4, 2, 2, 2, 2, 1]

    def broken(start: int, stop: int) -> int:
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape"):
        list(chunks(broken, 9, 8))


def test_given_candidates() -> None:
    table = torch.zeros(2 * R, V, V)
    table[1, 0, :4] = torch.tensor([2.0, 1.0, 1.0, 3.0])
    triples = torch.tensor([[0, 1, 1]])
    ranks = rank_candidates(
        TableModel(table),
        triples,
        torch.tensor([[0, 2, 3, 7]]),
        direction="tail",
        protocol="four",
        num_entities=V,
        num_relations=R,
    )
    assert (ranks.realistic.item(), ranks.optimistic.item(), ranks.pessimistic.item()) == (3.5, 3, 4)
    assert (ranks.candidates.item(), ranks.protocol) == (5, "four")


def test_scores_that_rounding_tells_apart_tie_where_the_model_says_so() -> None:
    table = torch.zeros(2 * R, V, V)
    table[1, 0, :4] = torch.tensor([2.0, 1.0 + 1e-7, 1.0 - 1e-7, 1.0 + 1e-4])
    triples = torch.tensor([[0, 1, 2]])
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    model = TableModel(table)
    given = {"direction": "tail", "protocol": "three", "num_entities": V, "num_relations": R}
    for tie, expected in ((0.0, (4.0, 4.0)), (1e-6, (3.0, 4.0))):  # optimistic, pessimistic; two are larger by more
        model.tie = tie
        found = rank(model, triples, index, directions=("tail",))
        some = rank_candidates(model, triples, torch.tensor([[0, 1, 3]]), **given)
        for ranks in (found, some):
            assert (ranks.optimistic.item(), ranks.pessimistic.item()) == expected


def test_candidates_of_a_model_that_scores_all_are_ranked_in_batches_that_all_scores_fit() -> None:
    batches = []

    class Watched(TableModel):
        def forward(self, data: object, head: Tensor, rel: Tensor) -> Tensor:
            batches.append(len(head))
            return super().forward(data, head, rel)

    triples = random_triples(torch.Generator().manual_seed(0))
    candidates = torch.zeros(len(triples), 1, dtype=torch.long)
    given = {"direction": "tail", "protocol": "one", "num_relations": R}
    rank_candidates(Watched(torch.zeros(2 * R, V, V)), triples, candidates, num_entities=10**7, **given)
    assert max(batches) == CPU_ROWS


def test_sampled_negatives_are_never_known_answers() -> None:
    triples = random_triples(torch.Generator().manual_seed(1))
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    h, r, t = triples.unbind(1)
    table = torch.zeros(2 * R, V, V)
    table[r, h, t], table[r + R, t, h] = 1.0, 1.0  # only the known answers score
    ranks = rank_sampled(TableModel(table), triples, index, num_negatives=20)
    assert (ranks.pessimistic == 1).all()
    assert (ranks.candidates == 21).all()
    assert len(ranks) == 2 * len(triples)
    with pytest.raises(ValueError, match="one protocol"):
        concatenate([ranks, rank(TableModel(table), triples, index)])


def read(path: Path) -> list[list[str]]:
    opener = gzip.open if not path.exists() else open
    with opener(path if path.exists() else path.with_name(path.name + ".gz"), "rt", encoding="utf-8") as lines:
        return [line.strip().split("\t") for line in lines if line.strip()]


@pytest.mark.data
@pytest.mark.parametrize("name", ["umls", "kinship", "wn18rr"])
def test_ranks_equal_pykeen_query_by_query(name: str, data_home: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pykeen.evaluation import RankBasedEvaluator
        from pykeen.models import Model
        from pykeen.triples import CoreTriplesFactory

    splits = [read(data_home / "kg" / name / f"{split}.txt") for split in ("train", "valid", "test")]
    entities = {e: i for i, e in enumerate(sorted({x for s in splits for h, _, t in s for x in (h, t)}))}
    relations = {r: i for i, r in enumerate(sorted({r for s in splits for _, r, _ in s}))}
    train, val, test = (torch.tensor([[entities[h], relations[r], entities[t]] for h, r, t in s]) for s in splits)
    v, num_relations = len(entities), len(relations)
    generator = torch.Generator().manual_seed(0)

    def small_integers(*shape: int) -> Tensor:
        return torch.randint(-3, 4, shape, generator=generator).float()

    # Products of small integers: exact in float32 in any order, and full of ties.
    of_head, of_rel, of_tail = small_integers(v, 6), small_integers(2 * num_relations, 6), small_integers(v, 6)

    def score(data: object, head: Tensor, rel: Tensor) -> Tensor:
        return (of_head[head] * of_rel[rel]) @ of_tail.T

    class Peer(Model):
        """The same scores behind PyKEEN's interface; only the two methods that its evaluator calls do anything."""

        def __init__(self) -> None:
            super().__init__(
                triples_factory=CoreTriplesFactory(train, num_entities=v, num_relations=num_relations), random_seed=0
            )
            self.register_buffer("place", torch.zeros(0))

        def score_t(self, hr_batch: Tensor, **_: object) -> Tensor:
            return score(None, hr_batch[:, 0], hr_batch[:, 1])

        def score_h(self, rt_batch: Tensor, **_: object) -> Tensor:
            return score(None, rt_batch[:, 1], rt_batch[:, 0] + num_relations)

        def score_hrt(self, *_: object, **__: object) -> Tensor:
            raise NotImplementedError

        score_r = score_hrt
        _get_entity_len = _reset_parameters_ = collect_regularization_term = score_hrt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator = RankBasedEvaluator(filtered=True, clear_on_finalize=False)
        evaluator.evaluate(
            Peer(),
            mapped_triples=test,
            additional_filter_triples=[train, val],
            batch_size=32,
            use_tqdm=False,
        )
    ours = rank(score, test, KnownAnswers(torch.cat([train, val, test]), num_entities=v, num_relations=num_relations))
    assert (ours.pessimistic > ours.optimistic).float().mean() > 0.1  # the ties are there
    for i, side in enumerate(("tail", "head")):
        theirs = {tie: torch.cat([torch.as_tensor(part) for part in evaluator.ranks[side, tie]]) for tie in TIES[:2]}
        mine = ours[ours.is_head == bool(i)]
        assert torch.equal(mine.realistic, theirs["realistic"].double())
        assert torch.equal(mine.optimistic, theirs["optimistic"].long())
