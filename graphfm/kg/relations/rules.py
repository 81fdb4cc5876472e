"""Made-up knowledge graphs: facts from rules among typed entities, from the classes of both ends, or from a hierarchy."""

from __future__ import annotations

import numpy as np

from graphfm.kg.relations.graph_parts import GraphPart, renumbered


def rule_graph(generator: np.random.Generator, *, max_facts: int = 6000) -> GraphPart:
    """A small graph whose facts follow hidden rules; the same state of the generator gives the same graph.

    Entities have types and stand in communities, relations join types. Some facts are drawn: at random, the heads and tails of
    a relation by a power law; between members of a community; or from a member to what its community points to, one fact for
    each head. The others follow from them in three rounds of forward chaining by rules of confidence 0.6 to 0.95. A tenth to
    four tenths of all facts cannot be read; asked for is mostly what follows from a rule or a community.

    Args:
        generator: of everything drawn.
        max_facts: about how many facts at most.
    """
    entities = int(np.exp(generator.uniform(np.log(40), np.log(1000))))
    relations = int(generator.integers(8, 49))
    kinds = int(generator.integers(3, 13))
    kind = generator.choice(kinds, entities, p=_power_law(generator, kinds, 1.0))
    density = np.exp(generator.uniform(np.log(1.5), np.log(25)))
    budget = max(60, min(int(density * entities), max_facts // 2))
    share = _power_law(generator, relations, generator.uniform(0.5, 1.2))
    community = generator.integers(max(2, entities // int(generator.integers(5, 40))), size=entities)
    alike, alone = generator.uniform(0, 0.4, size=2)
    drawn, told = [], np.empty((0, 3), dtype=np.int64)
    for relation in range(relations):
        facts = _random_facts(generator, relation, kind, kinds, max(3, int(budget * share[relation])))
        draw = generator.random()
        if draw < alike + alone:
            facts = _community_facts(generator, facts, community, one_each=draw < alone)
            told = np.concatenate([told, facts])
        drawn.append(facts)
    triples = np.unique(np.concatenate(drawn), axis=0)
    rules = _rules(generator, relations)
    for _ in range(3):
        found = [_follow(generator, triples, rule, entities, max_facts) for rule in rules]
        new = np.unique(np.concatenate([triples, *found]), axis=0)
        if len(new) == len(triples) or len(new) > max_facts:
            break
        triples = new
    chance = {tuple(row) for row in np.concatenate(drawn).tolist()} - {tuple(row) for row in told.tolist()}
    follows = np.array([tuple(row) not in chance for row in triples.tolist()])
    read = generator.random(len(triples)) >= generator.uniform(0.1, 0.4)
    asked = follows | (generator.random(len(triples)) < 0.2)
    return renumbered(triples[read], triples, triples[asked] if asked.any() else triples)


def block_graph(generator: np.random.Generator, *, max_facts: int = 6000) -> GraphPart:
    """A small dense graph in which the classes of two entities decide how they are related, as in a system of kinship.

    Every pair of classes has one to three relations or none, every pair of entities has each of them with a probability of the
    graph and is related otherwise once in a while. Up to four tenths of the facts cannot be read.

    Args:
        generator: of everything drawn.
        max_facts: about how many facts at most.
    """
    entities, classes = int(generator.integers(25, 160)), int(generator.integers(3, 17))
    relations = int(generator.integers(4, 49))
    own = generator.choice(classes, entities, p=_power_law(generator, classes, generator.uniform(0, 1)))
    related = generator.random((classes, classes)) < generator.uniform(0.3, 1)
    rounds = int(generator.integers(1, 4))
    chance = min(generator.uniform(0.2, 0.95), max_facts / rounds / entities**2)
    found = []
    for _ in range(rounds):
        relation = generator.choice(relations, (classes, classes), p=_power_law(generator, relations, 0.7))
        h, t = np.nonzero(related[own][:, own] & (generator.random((entities, entities)) < chance))
        found.append(np.stack([h, relation[own[h], own[t]], t], 1))
    stray = generator.integers(0, [entities, relations, entities], size=(max(4, entities // 4), 3))
    triples = np.unique(np.concatenate([*found, stray]), axis=0)
    triples = triples[triples[:, 0] != triples[:, 2]]
    return renumbered(triples[generator.random(len(triples)) >= generator.uniform(0.05, 0.4)], triples)


def hierarchy_graph(generator: np.random.Generator, *, max_facts: int = 6000) -> GraphPart:
    """A small dense graph of concepts in which what holds between two of them holds between what is below them, as in UMLS.

    Relation 0 says what stands directly above; each other one is stated one to three times between two concepts, often high up,
    and goes down to each pair of their descendants with a probability of the graph. Up to four tenths of the facts are hidden.

    Args:
        generator: of everything drawn.
        max_facts: about how many facts at most.
    """
    concepts, relations = int(generator.integers(30, 200)), int(generator.integers(4, 49))
    above = np.array(
        [0, *(int(generator.integers(max(1, int(i * generator.uniform(0.2, 1))))) for i in range(1, concepts))]
    )
    below = np.eye(concepts, dtype=bool)  # [a, x]: x is a or stands below it
    for i in range(concepts - 1, 0, -1):
        below[above[i]] |= below[i]
    size, chance = below.sum(1), generator.uniform(0.5, 1)
    found = [np.stack([np.arange(1, concepts), np.zeros(concepts - 1, dtype=np.int64), above[1:]], 1)]
    for relation in range(1, relations):
        for _ in range(int(generator.integers(1, 4))):
            a, b = generator.integers(concepts, size=2)
            while generator.random() < 0.7 and size[above[a]] * size[above[b]] < max_facts / 6:
                a, b = (above[a], b) if generator.random() < 0.5 else (a, above[b])
            h, t = np.nonzero(below[a][:, None] & below[b] & (generator.random((concepts, concepts)) < chance))
            found.append(np.stack([h, np.full(len(h), relation), t], 1))
    triples = np.unique(np.concatenate(found), axis=0)
    triples = triples[triples[:, 0] != triples[:, 2]]
    if len(triples) > max_facts:
        triples = triples[generator.permutation(len(triples))[:max_facts]]
    return renumbered(triples[generator.random(len(triples)) >= generator.uniform(0.05, 0.4)], triples)


def _power_law(generator: np.random.Generator, size: int, exponent: float) -> np.ndarray:
    weight = np.arange(1, size + 1) ** -exponent
    return generator.permutation(weight / weight.sum())


def _random_facts(
    generator: np.random.Generator, relation: int, kind: np.ndarray, kinds: int, count: int
) -> np.ndarray:
    """Facts of one relation between entities of its head types and of its tail types."""
    ends = []
    for _ in range(2):
        own = generator.choice(kinds, int(generator.integers(1, min(3, kinds) + 1)), replace=False)
        pool = np.flatnonzero(np.isin(kind, own))
        pool = pool if len(pool) else np.arange(len(kind))
        weight = _power_law(generator, len(pool), generator.uniform(0, 1.2))
        ends.append(generator.choice(pool, count, p=weight))
    return np.stack([ends[0], np.full(count, relation), ends[1]], 1)


def _community_facts(
    generator: np.random.Generator, facts: np.ndarray, community: np.ndarray, *, one_each: bool
) -> np.ndarray:
    """Facts whose tails follow from the community of their heads, nine of ten: a member of it, or what it points to."""
    if one_each:
        facts = facts[np.unique(facts[:, 0], return_index=True)[1]]
        values = facts[generator.integers(len(facts), size=int(community.max()) + 1), 2]
        tails = values[community[facts[:, 0]]]
    else:
        order = np.argsort(community, kind="stable")
        start = np.searchsorted(community[order], community[facts[:, 0]])
        size = np.bincount(community)[community[facts[:, 0]]]
        tails = order[start + (generator.random(len(facts)) * size).astype(np.int64)]
    follows = generator.random(len(facts)) < 0.9
    return np.where(np.arange(3) == 2, np.where(follows, tails, facts[:, 2])[:, None], facts)


def _rules(generator: np.random.Generator, relations: int) -> list[tuple[list[tuple[int, bool]], int, float]]:
    """Rules `body -> head`: the relations of the body in order, each perhaps against its direction, and the confidence."""

    def one() -> int:
        return int(generator.integers(relations))

    rules = []
    for body_length, most in ((1, 4), (-1, 3), (0, 3), (2, 4), (3, 2)):
        for _ in range(int(generator.integers(1, most + 1))):
            confidence = float(generator.uniform(0.6, 0.95))
            if body_length == 1:  # hierarchy: r(x, y) -> s(x, y)
                rules.append(([(one(), False)], one(), confidence))
            elif body_length == -1:  # inverse: r(x, y) -> s(y, x)
                rules.append(([(one(), True)], one(), confidence))
            elif body_length == 0:  # symmetry: r(x, y) -> r(y, x)
                relation = one()
                rules.append(([(relation, True)], relation, confidence))
            else:  # composition, each step forwards or backwards
                body = [(one(), bool(generator.random() < 0.3)) for _ in range(body_length)]
                rules.append((body, one(), confidence))
    return rules


def _follow(
    generator: np.random.Generator,
    triples: np.ndarray,
    rule: tuple[list[tuple[int, bool]], int, float],
    entities: int,
    max_facts: int,
) -> np.ndarray:
    """What a rule derives, each with the rule's confidence; of very many, an even share."""
    from scipy.sparse import csr_array

    body, head, confidence = rule
    path = None
    for relation, backwards in body:
        rows = triples[triples[:, 1] == relation]
        x, y = (rows[:, 2], rows[:, 0]) if backwards else (rows[:, 0], rows[:, 2])
        step = csr_array((np.ones(len(rows), dtype=np.int32), (x, y)), shape=(entities, entities))
        path = step if path is None else path @ step
    assert path is not None
    x, y = path.nonzero()
    different = x != y
    x, y = x[different], y[different]
    most = max_facts // 8
    chosen = generator.random(len(x)) < confidence * min(1.0, most / max(len(x), 1))
    return np.stack([x[chosen], np.full(int(chosen.sum()), head), y[chosen]], 1)
