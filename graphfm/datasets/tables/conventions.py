"""How the programs of the trade name the columns of a table of triples.

A header is known when it names head, relation and tail once each. The ends come in pairs (a program that writes
``subject`` writes ``object``), and each pair has relation columns of its own that come before the common ones: KGX has
both ``predicate`` and an older ``relation``, and means the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from graphfm.errors import DataError

#: The pairs of ends with the relations that belong to them, best first, and the programs that write them.
_PAIRS: dict[tuple[str, str], tuple[str, ...]] = {
    ("subject", "object"): ("predicate",),  # KGX, Biolink, SPARQL results, Wikidata
    ("s", "o"): ("p",),
    ("head", "tail"): ("relation", "rel"),  # PyKEEN, LibKGE; OpenKE writes type
    ("h", "t"): ("r",),
    ("source", "target"): ("metaedge",),  # Hetionet; PyKEEN's and NetworkX's frames, Cytoscape's SIF
    ("node1", "node2"): ("label",),  # KGTK
    (":start_id", ":end_id"): (":type",),  # neo4j-admin
    ("_start", "_end"): ("_type",),  # APOC
    ("~from", "~to"): ("~label",),  # Neptune
    ("_from", "_to"): ("label", "type"),  # ArangoDB
    ("subject_cui", "object_cui"): ("predicate",),  # SemMedDB
    ("from_vertex", "to_vertex"): (),  # TigerGraph
    ("fromnodeid", "tonodeid"): (),  # SNAP
    ("participant_a", "participant_b"): ("interaction_type",),  # Pathway Commons
    ("x_index", "y_index"): ("relation",),  # PrimeKG
    ("head_id", "tail_id"): ("relation_id", "relation"),
    ("subject_id", "object_id"): ("predicate_id", "predicate"),  # SSSOM
    ("source_id", "target_id"): (),
    ("head_entity", "tail_entity"): (),
    ("from", "to"): (),
    ("src", "dst"): (),
    ("start", "end"): (),
    ("start_id", "end_id"): (),
    ("start_node", "end_node"): (),
    ("start_node_id", "end_node_id"): (),
    ("from_id", "to_id"): (),
    ("src_id", "dst_id"): (),
    ("node_1", "node_2"): (),
    ("node1_id", "node2_id"): (),
    ("entity1", "entity2"): (),
    ("entity_1", "entity_2"): (),
    ("entity1_id", "entity2_id"): (),
    ("arg1", "arg2"): (),
    ("e1", "e2"): (),
    ("subj", "obj"): ("pred",),
    ("sub", "obj"): ("pred", "rel"),
    ("item", "value"): ("property",),  # Wikidata's query service
    ("item", "object"): ("property", "predicate"),
    ("entity", "value"): ("relation",),  # NELL's beliefs
    ("node 1 id", "node 2 id"): ("edge type",),  # OpenBioLink's description of its columns
    ("lhs", "rhs"): ("rel",),
    ("subjekt", "objekt"): ("prädikat", "praedikat"),  # in German, French, Spanish, Italian and Portuguese
    ("quelle", "ziel"): ("beziehung",),
    ("sujet", "objet"): ("prédicat", "predicat"),
    ("sujeto", "objeto"): ("predicado",),
    ("soggetto", "oggetto"): ("predicato",),
    ("sujeito", "objeto"): ("predicado", "relação"),
    ("头实体", "尾实体"): ("关系",),  # Chinese and Russian
    ("субъект", "объект"): ("предикат", "отношение"),
}
_RELATIONS = (
    "relation", "predicate", "rel", "relation_type", "relationtype", "rel_type", "reltype", "edge_type", "edgetype",
    "edge_label", "relationship", "relationship_type", "relation_id", "relation_name", "predicate_id", "metaedge",
    "interaction", "interaction_type", "property", "edge", "link", "link_type", "type", ":type", "_type", "label", "r", "p",
    "pred", "kind", "verb", "beziehung", "relación", "relacion", "relazione",
)  # fmt: skip
LABELS = {
    "head_label": ("head_label", "head_name", "subject_label", "subject_name", "subjectlabel", "source_label", "source_name",
                   "x_name", "node1;label", "itemlabel", "slabel", "hlabel", "from_label", "from_name", "start_label"),
    "tail_label": ("tail_label", "tail_name", "object_label", "object_name", "objectlabel", "target_label", "target_name",
                   "y_name", "node2;label", "valuelabel", "olabel", "tlabel", "to_label", "to_name", "end_label"),
    "relation_label": ("relation_label", "relation_name", "predicate_label", "predicatelabel", "display_relation",
                       "label;label", "propertylabel", "plabel", "rlabel"),
}  # fmt: skip
#: What Hetionet's abbreviations of kinds of edges stand for, in a column called metaedge.
METAEDGES = {
    "AdG": "anatomy downregulates gene", "AeG": "anatomy expresses gene", "AuG": "anatomy upregulates gene",
    "CbG": "compound binds gene", "CcSE": "compound causes side effect", "CdG": "compound downregulates gene",
    "CpD": "compound palliates disease", "CrC": "compound resembles compound", "CtD": "compound treats disease",
    "CuG": "compound upregulates gene", "DaG": "disease associates gene", "DdG": "disease downregulates gene",
    "DlA": "disease localizes anatomy", "DpS": "disease presents symptom", "DrD": "disease resembles disease",
    "DuG": "disease upregulates gene", "GcG": "gene covaries gene", "GiG": "gene interacts gene",
    "GpBP": "gene participates biological process", "GpCC": "gene participates cellular component",
    "GpMF": "gene participates molecular function", "GpPW": "gene participates pathway", "Gr>G": "gene regulates gene",
    "PCiC": "pharmacologic class includes compound",
}  # fmt: skip
ROLES = ("head", "relation", "tail")
#: Columns that say something of a row: the split that it is in, whether it is a fact. What they hold decides (`triples.marks`).
MARKS = {
    "split": ("split", "splits", "set", "subset", "fold", "partition", "data_split", "dataset"),
    "truth": ("truth", "label", "labels", "y", "is_true", "is_positive", "positive", "true", "correct", "is_fact"),
    "negated": ("negated", "is_negated", "negation"),
}
#: Words of which headers are made, so that one in a first line makes it suspect.
_WORDS = {
    *(word for pair in _PAIRS for word in pair), *_RELATIONS, "id", "name", "weight", "score", "date", "time", "timestamp",
    "year", "evidence", "confidence", "node", "entity", "gene", "drug", "disease", "protein", "category", "text", "class",
    "description",
    "qualifier", "attribute", "key", "column", "col", "field", "number", "count", "probability", "origin",
}  # fmt: skip
#: Names of several words, which other programs write as sourceId or Relation Type.
_SEVERAL = {word for word in (*(end for pair in _PAIRS for end in pair), *_RELATIONS) if "_" in word.strip("_")}
#: Names of ends that columns of times and sources have as well.
_WEAK = {"start", "end", "from", "to", "source", "src"}
_UNIT = re.compile(r"\s+[(\[][^()\[\]]*[)\]]$")
_GROUP = re.compile(r"(?P<name>[^():]*)(?P<kind>:[A-Za-z_]+)(?:\((?P<group>[^()]*)\))?(?:\{.*\})?")


class Known(NamedTuple):
    """A header that is understood: the place of each role, and the id group of each end where Neo4j has some."""

    places: dict[str, int]
    groups: dict[str, str]


def plain(cell: str) -> str:
    """A column name as it is compared: no case, no question mark of SPARQL, no unit, Neo4j's kind alone.

    >>> plain("?Subject"), plain("movieId:START_ID(Movie)"), plain("weight:float"), plain("Relation Type"), plain("Head (id)")
    ('subject', ':start_id', 'weight', 'relation_type', 'head')
    >>> plain("sourceId"), plain("itemLabel")
    ('source_id', 'itemlabel')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", cell.strip()).casefold()
    if words in _SEVERAL:
        return words
    name = cell.strip().strip('"').casefold().lstrip("?")
    if match := _GROUP.fullmatch(name):
        return match["kind"] if match["kind"] in (":start_id", ":end_id", ":type", ":id", ":label") else match["name"]
    return _UNIT.sub("", name)


def group_of(cell: str) -> str:
    """The id group of a column of Neo4j, "" where it has none.

    >>> group_of(":START_ID(Movie)")
    'Movie'
    """
    match = _GROUP.fullmatch(cell.strip())
    return (match["group"] or "") if match else ""


def known(cells: Sequence[str]) -> Known | None:
    """The roles of the columns of a header, or None for a line that is none that is known, or leaves a choice."""
    names = [plain(cell) for cell in cells]
    pairs = [pair for pair in _PAIRS if all(names.count(end) == 1 for end in pair)]
    # More than one pair of ends is more than one way to read it, unless only one has its own relation beside it.
    if len(pairs) > 1:
        pairs = [pair for pair in pairs if any(names.count(own) == 1 for own in _PAIRS[pair])]
    # Some files have the ends twice: for a program that imports them, and as they are called elsewhere.
    for sure in (("x_index", "y_index"), (":start_id", ":end_id")):
        pairs = [sure] if len(pairs) > 1 and sure in pairs else pairs
    # Names beside their ids: the ids are what tells entities apart.
    ids = [
        pair
        for pair in pairs
        if (pair[0].removesuffix("_id"), pair[1].removesuffix("_id")) in pairs and pair[0].endswith("_id")
    ]
    if len(pairs) == 2 and len(ids) == 1:
        pairs = ids
    head, tail = pairs[0] if len(pairs) == 1 else _mixed(names, none=not pairs)
    if not head or ({head, tail} <= _WEAK and _other_ends(names, head, tail)):
        return None
    ends = {head, tail}
    own = next((name for name in _PAIRS.get((head, tail), ()) if names.count(name) == 1), None)
    common = [name for name in _RELATIONS if names.count(name) == 1 and name not in ends]
    relation = own or (common[0] if len(common) == 1 else _better(common))
    if relation is None or (head == "entity" and own is None):  # a table of entities has a value and a type as well
        return None
    places = {"head": names.index(head), "relation": names.index(relation), "tail": names.index(tail)}
    if head.endswith("_id"):
        for role, end in (("head_label", head), ("tail_label", tail)):
            if names.count(end.removesuffix("_id")) == 1 and end.removesuffix("_id") not in _WEAK:
                places[role] = names.index(end.removesuffix("_id"))
    for role, spellings in LABELS.items():
        if role in places:
            continue
        found = [i for i, name in enumerate(names) if name in spellings and i not in places.values()]
        if len(found) == 1:
            places[role] = found[0]
    groups = {role: group for role in ("head", "tail") if (group := group_of(cells[places[role]]))}
    return Known(places, groups)


def role_columns(cells: Sequence[str]) -> dict[str, int]:
    """The place of each role that a header names, where it may lack some: the columns of questions about triples.

    >>> role_columns(["subject", "predicate"]), role_columns(["tail", "score"])
    ({'head': 0, 'relation': 1}, {'tail': 0})
    """
    if found := known(cells):
        return {role: found.places[role] for role in ROLES}
    names = [plain(cell) for cell in cells]
    spellings = {"head": {pair[0] for pair in _PAIRS}, "relation": {*_RELATIONS}, "tail": {pair[1] for pair in _PAIRS}}
    places = {role: [i for i, name in enumerate(names) if name in spelled] for role, spelled in spellings.items()}
    return {role: at[0] for role, at in places.items() if len(at) == 1}


def _mixed(names: Sequence[str], *, none: bool) -> tuple[str, str]:
    """Head and tail of a header that takes them from two conventions, "" where that leaves a choice."""
    heads = [name for name in names if name not in _WEAK and any(name == pair[0] for pair in _PAIRS)]
    tails = [name for name in names if name not in _WEAK and any(name == pair[1] for pair in _PAIRS)]
    return (heads[0], tails[0]) if none and len(heads) == len(tails) == 1 else ("", "")


def _other_ends(names: Sequence[str], head: str, tail: str) -> bool:
    """Whether start and end, say, may be times: another column is called as an end is."""
    spelled = {end for pair in _PAIRS for end in pair} | {"entity", "value"}
    return any(name in spelled - {head, tail} for name in names)


def _better(common: Sequence[str]) -> str | None:
    """Of several columns that may be the relation the one that only a relation is called, if there is one."""
    sure = [
        name for name in common if name in ("relation", "predicate", "relation_type", "metaedge", "edge_type", "rel")
    ]
    return sure[0] if len(sure) == 1 else None


def is_word(cell: str) -> bool:
    """Whether a cell is made of the words that headers are made of.

    >>> is_word("gene_id"), is_word("TP53")
    (True, False)
    """
    name = plain(cell)
    return name in _WORDS or any(part in _WORDS for part in re.split(r"[\s_.;:-]+", name) if len(part) > 1)


def resolve(asked: str | int, header: Sequence[str] | None, width: int, role: str) -> int:
    """The place of a column that the user named.

    Raises:
        DataError: no such column, or two of that name.
    """
    if isinstance(asked, int):
        if header is not None and str(asked) in header:
            return list(header).index(str(asked))
        if not 1 <= asked <= width:
            raise DataError(f"column {asked} for {role}", expected=f"a number from 1 to {width}")
        return asked - 1
    if header is None:
        raise DataError(
            f"the column {asked!r} for {role} in a table without a header", expected=f"a number from 1 to {width}"
        )
    for spell in (str, plain):
        found = [i for i, cell in enumerate(header) if spell(cell) == spell(asked)]
        if len(found) == 1:
            return found[0]
    raise DataError(
        f"{'two columns' if len(found) > 1 else 'no column'} {asked!r} for {role}",
        expected=f"one of {', '.join(map(repr, header))}",
    )
