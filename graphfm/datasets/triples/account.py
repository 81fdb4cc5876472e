"""What a set of triples was read as and what is odd about it, in words: for the terminal, before anything is trained."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import torch

from graphfm.datasets.triples.entity_types import type_counts
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.texts import readable

#: What programs write where there is no value; people and places are called so as well.
_NOTHING = {"NULL", "null", "NaN", "nan", "NAN", "None", "none", "NA", "N/A", "n/a", "#N/A", "<NA>", "nil", "(null)"}
_NAMES = re.compile(r"\.(json|dict)\b|2id|name|label|text|entit|definition|descr", re.IGNORECASE)
_SPLIT_WORDS = {"train": "train", "val": "validation", "test": "test"}


def account(triples: Triples) -> list[tuple[str, str]]:
    """Heading and content of each line: columns, first triple, sizes, and what is odd with what it means."""
    counts = triples.statistics()
    lines: list[tuple[str, str]] = []
    columns = triples.info.get("columns")
    for one in [columns] if isinstance(columns, str) else columns or ():
        lines.append(("columns", one))
    if first := triples.info.get("first_triple") or _first_triple(triples):
        lines.append(("first triple", f"({', '.join(first)})"))
    relations = f"{counts['relations']:,} relation{'' if counts['relations'] == 1 else 's'}"
    sizes = f"{counts['entities']:,} {'entity' if counts['entities'] == 1 else 'entities'}, {relations}"
    lines.append(("holds", f"{sizes}, {_by_split(counts['triples'], 'triples')}"))
    if triples.inference is not None:
        observed = triples.inference.statistics()
        sizes = f"{observed['entities']:,} entities, {observed['relations']:,} relations"
        inside = _by_split(observed["triples"], "triples").replace("(train", "(observed")
        lines.append(("inference graph", f"{sizes}, {inside}"))
    lines += _named(triples)
    lines += _qualified(triples, counts)
    if split := triples.info.get("split"):
        made = [f"{split[name]:.0%} {_SPLIT_WORDS[name]}" for name in ("val", "test") if split.get(name)]
        together = "; the triples of two entities stay together" if split["pairs_together"] else ""
        lines.append(("split", f"{' and '.join(made)} drawn from all triples, seed {split['seed']}{together}"))
    return lines + [("note", words) for words in _oddities(triples, counts)]


def _first_triple(triples: Triples) -> tuple[str, str, str] | None:
    """The names of the first triple of the first split that has one."""
    for _, rows in triples.splits():
        if len(rows):
            head, relation, tail = rows[0].tolist()
            return triples.entities[head], triples.relations[relation], triples.entities[tail]
    return None


def _by_split(counts: dict[str, int], what: str) -> str:
    return " / ".join(f"{count:,}" for count in counts.values()) + f" {what} (train / validation / test)"


def _named(triples: Triples) -> list[tuple[str, str]]:
    """How many entities and relations have a label that the data give, or a text, and what types there are."""
    found = []
    for what, names, labels, texts in (
        ("entities", triples.entities, triples.entity_labels, triples.entity_text),
        ("relations", triples.relations, triples.relation_labels, triples.relation_text),
    ):
        given = sum(label not in (name, readable(name)) for name, label in zip(names, labels, strict=True))
        described = sum(text != label for text, label in zip(texts or labels, labels, strict=True))
        parts = [f"{count:,} a {kind}" for count, kind in ((given, "label"), (described, "description")) if count]
        if parts:
            found.append(f"of {len(names):,} {what}, {' and '.join(parts)}")
    lines = [("names", "; ".join(found))] if found else []
    counts = type_counts(triples)
    if counts:
        shown = ", ".join(f"{kind} {count:,}" for kind, count in counts[:8])
        more = f", and {len(counts) - 8:,} more" if len(counts) > 8 else ""
        lines.append(("types", f"{shown}{more} (`complete --candidates type:NAME`)"))
    return lines


def _qualified(triples: Triples, counts: dict[str, Any]) -> list[tuple[str, str]]:
    qualified = sum(counts.get("qualified", {}).values())
    if not qualified:
        return []
    values = torch.cat([found.pairs[:, 1] for found in triples.qualifiers.values()]).unique()
    ends = torch.cat([rows[:, [0, 2]].flatten() for _, rows in triples.splits()]).unique()
    alone = len(values) - int(torch.isin(values, ends).sum())
    more = f"; {alone:,} entities occur only as their values" if alone else ""
    return [("qualifiers", f"{qualified:,} statements have some{more}")]


def _oddities(triples: Triples, counts: dict[str, Any]) -> list[str]:
    found = [*triples.info.get("notes", ())]
    if dropped := triples.info.get("dropped_literals"):
        found.append(f"{dropped:,} statements with literals left out (--literals keep makes entities of them)")
    if unread := triples.info.get("unread_files"):
        names = "entity_text.tsv beside the triples gives names to ids: an id, a tab, a name a line"
        hint = f" ({names})" if any(map(_NAMES.search, unread)) else ""
        found.append(f"not read: {', '.join(unread)}{hint}")
    if tables := triples.info.get("unmatched_tables"):
        found.append(
            f"{', '.join(tables)}: none of the identifiers in it is one of the triples, so that it names nothing"
        )
    lacking = [_SPLIT_WORDS[split] for split in triples.info.get("missing", ()) if split != "train"]
    if lacking and triples.inference is None:
        found.append(f"no {' and no '.join(lacking)} split (`datasets import` takes some from train: --val, --test)")
    if repeated := _nonzero(counts["duplicates"]):
        found.append(f"repeated triples, kept: {repeated}")
    loops = {split: int((rows[:, 0] == rows[:, 2]).sum()) for split, rows in triples.splits()}
    if shown := _nonzero(loops):
        found.append(f"self loops, kept: {shown}")
    if unseen := _nonzero(counts["unseen_entities"]):
        found.append(f"entities unseen in training: {unseen}; nothing is learnt of them")
    found += _doubtful_names(triples)
    found += _leaks(triples, counts)
    return found


def _doubtful_names(triples: Triples) -> list[str]:
    """Names that may stand for no value, and names that look the same and are not."""
    found, entities = [], triples.entities
    nothing = [i for i, name in enumerate(entities) if name in _NOTHING]
    if nothing:
        rows = torch.cat([rows for _, rows in triples.splits()])
        count = int(torch.isin(rows[:, [0, 2]], torch.tensor(nothing)).any(1).sum())
        names = ", ".join(entities[i] for i in nothing[:3])
        found.append(
            f"{names}: read as the name of an entity, in {count:,} triple{'s' * (count != 1)}; where it stands for no value, "
            "remove those rows"
        )
    forms: dict[str, str] = {}
    for name in entities:
        if not name.isascii() and forms.setdefault(unicodedata.normalize("NFC", name), name) != name:
            twin = forms[unicodedata.normalize("NFC", name)]
            found.append(
                f"{twin!a} and {name!a} look the same and are two entities: write both in one form "
                "(unicodedata.normalize('NFC', name))"
            )
            break
    return found


def _leaks(triples: Triples, counts: dict[str, Any]) -> list[str]:
    leaks, total, found = counts["leaks"], len(triples.test), []
    for key, where in (("test_in_train", "train"), ("test_in_val", "validation")):
        if leaks[key]:
            found.append(f"{leaks[key]:,} of {total:,} test triples are in {where} as well: they measure memory")
    if leaks["val_in_train"]:
        found.append(f"{leaks['val_in_train']:,} validation triples are in train as well")
    if counts["inverse_in_train"]:
        found.append(
            f"{counts['inverse_in_train']:,} of {total:,} test triples have their two entities joined the other way round in "
            "train: where that is the inverse relation, it gives the answer away (`datasets import --keep-pairs-together` "
            "splits without this)"
        )
    return found


def _nonzero(counts: dict[str, int]) -> str:
    return ", ".join(f"{_SPLIT_WORDS[split]} {count:,}" for split, count in counts.items() if count)
