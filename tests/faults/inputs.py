"""Malformed inputs by Hypothesis, for each format and setting: refused in a sentence, or read right; no traceback, no hang."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.faults.child import Outcome, graphfm, one_sentence
from tests.faults.samples import LINKS, PRETRAIN, write_samples

ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    10**30,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\u202e\x1b[31m",
    [],
    [None],
    {},
    {"a": 1},
]
SMALL_TAG = [
    "--epochs",
    "1",
    "--steps-per-epoch",
    "2",
    "--batch-size",
    "8",
    "--hidden-channels",
    "4",
    "--accelerator",
    "cpu",
]
SMALL_KG = ["--epochs", "1", "--dim", "4", "--accelerator", "cpu", "--set", "batch_size=8", "num_negatives=2"]
ON_TEXT = ["zero-shot", "--data", "tag", "--encoder", "lsa", "--json", "found.json"]
ON_TRIPLES = [
    "link-prediction",
    "--model",
    "rotate",
    "--data",
    "kg",
    "--out",
    "made",
    "--json",
    "found.json",
    *SMALL_KG,
]

#: Values that no setting of the name may have, and others that are right.
WRONG: dict[str, list[Any]] = {
    **{key: [-1, "nan", "inf", "x", "[1]", "null"] for key in ["lr", "weight_decay"]},
    **{
        key: [0, -1, 1.5, "nan", "x", "[1]", "null"]
        for key in ["epochs", "steps_per_epoch", "checkpoint_every", "batch_size"]
    },
}
PRETRAIN_WRONG = WRONG | {
    **{key: [1, 2, -0.1, "nan", "x", "{a: 1}"] for key in ["dropout", "feature_drop", "edge_drop"]},
    **{key: [0, -1, 0.5, "nan", "inf", "x"] for key in ["hidden_channels", "num_layers", "devices", "num_nodes"]},
    **{key: [-1, "nan", "inf", "x"] for key in ["neighbor_weight", "balance_weight"]},
    "warmup": [-1, 2, "nan", "x"],
    "mixing": ["nan", "inf", "x", "[0.5]"],
    "attention": ["maybe", 3, "[]"],
    "fanout": ["[]", "[0]", "[-1]", "x", "['a']"],
    "precision": ["foo", "-1", "[]"],
    "accelerator": ["foo", "[]", "3"],
    "gate": ["foo", "3"],
    "experts": ["[]", "[foo]", "3"],
    "seed": [-1, 2**70, "nan", "x", 1.5],
    "encoder": ["''", "/no/such/folder", "[]"],
}
LINK_WRONG = WRONG | {
    **{key: [0, -1, 0.5, "nan", "inf", "x", "[2]", 10**40] for key in ["dim", "num_negatives", "val_every"]},
    **{key: [-1, "nan", "inf", "x"] for key in ["temperature", "n3", "l3"]},
    **{key: ["nan", "inf", "x", "[1]"] for key in ["gamma", "decay", "smoothing"]},
    "patience": [0, -1, "x"],
    "keep": ["foo", 1],
    "calibration": ["foo", 1],
    "loss": ["foo", 1],
    "queries": ["foo", 1],
    "seed": [-1, 2**40, "nan", "x"],
    "optimizer": ["foo", 2],
    "schedule": ["foo", 2],
    "reciprocal": ["maybe", 7],
}
YAML = [
    "lr=[",
    "lr='",
    "lr=`a`",
    "lr=*x",
    "lr=!!python/object/apply:os.system ['touch RAN']",
    "lr",
    "=1",
    "lr=\x1b[31m",
    "no_such=1",
]
FILES = {
    "tag": ["graph.json", "nodes.jsonl", "edges.csv", "classes.json"],
    "kg": ["train.txt", "val.txt", "test.txt", "info.json", "entities.dict", "relations.dict"],
    "run": ["settings.json", "log/metrics.csv", "last.ckpt", "last.previous.ckpt", "best.ckpt"],
}


class Case(NamedTuple):
    """What to spoil, how, and what must come of it: "refuse", or "either" where it may be right still."""

    kind: str
    what: str
    how: Any
    must: str


def _bytes() -> st.SearchStrategy[tuple[str, int, bytes]]:
    """An edit: cut the file, put bytes in, put bytes over others; the place in thousandths."""
    acts = [
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\r",
        b"\n",
        b",",
        b"\t",
        b'"',
        b"{",
        b"]",
        b"NaN",
        b"9" * 5000,
        b"\\ud800",
        b"=1+1",
    ]
    edit = st.sampled_from(acts) | st.binary(min_size=1, max_size=6)
    return st.tuples(
        st.sampled_from(["cut", "insert", "replace", "empty", "gone", "folder", "flip"]), st.integers(0, 999), edit
    )


def cases() -> st.SearchStrategy[Case]:
    """All kinds, evenly."""
    files = [(kind, name) for kind, names in FILES.items() for name in names]
    byte = st.builds(lambda file, how: Case(file[0], file[1], how, "either"), st.sampled_from(files), _bytes())
    value = st.builds(
        lambda file, where, odd: Case(file[0], file[1], ("json", where, odd), "either"),
        st.sampled_from(
            [
                ("tag", "graph.json"),
                ("tag", "nodes.jsonl"),
                ("tag", "classes.json"),
                ("kg", "info.json"),
                ("run", "settings.json"),
            ]
        ),
        st.integers(0, 50),
        st.sampled_from(ODD),
    )
    pretrain = [(name, odd) for name, odds in PRETRAIN_WRONG.items() for odd in odds]
    links = [(name, odd) for name, odds in LINK_WRONG.items() for odd in odds]
    option = st.one_of(
        st.builds(
            lambda pair, by: Case("pretrain-setting", pair[0], (by, pair[1]), "refuse"),
            st.sampled_from(pretrain),
            st.sampled_from(["set", "config"]),
        ),
        st.builds(
            lambda pair, by: Case("link-setting", pair[0], (by, pair[1]), "refuse"),
            st.sampled_from(links),
            st.sampled_from(["set", "config"]),
        ),
        st.sampled_from([Case("yaml", word, None, "refuse") for word in YAML]),
    )
    model = st.builds(
        lambda which, where, odd: Case("model", which, (where, odd), "either"),
        st.sampled_from(["tag", "kg"]),
        st.integers(0, 80),
        st.sampled_from([*ODD, "drop", "not finite", "other shape", "other type"]),
    )
    flips = st.builds(
        lambda which, place: Case("flip", which, place, "either"), st.sampled_from(["tag", "kg"]), st.integers(0, 10**6)
    )
    return st.one_of(byte, value, option, option, model, flips)


class Room:
    """A folder with samples and finished runs of both kinds, and copies of them to spoil."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.good = folder, write_samples(folder / "good")
        self.environment = {"GRAPHFM_CACHE": str(folder / "cache"), "COLUMNS": "200"}
        for words in (
            ["pretrain", "--data", "tag", "--out", "tag_run", *PRETRAIN],
            ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "run", *LINKS],
        ):
            done = graphfm(words, folder=self.good, environment=self.environment)
            assert done.status == 0, done.said
        self._unpack()

    def _unpack(self) -> None:
        """Files under plain names, so that edits reach what they hold."""
        import gzip

        for path in [*self.good.glob("*/*.gz")]:
            path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
        (self.good / "run" / "model.ckpt").replace(self.good / "kg.ckpt")
        (self.good / "tag_run" / "model.ckpt").replace(self.good / "tag.ckpt")
        shutil.copy(self.good / "run" / "last.ckpt", self.good / "run" / "last.previous.ckpt")

    def fresh(self) -> Path:
        there = self.folder / "spoilt"
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(self.good, there)
        return there

    def go(self, words: list[str], there: Path, **more: str) -> Outcome:
        return graphfm(words, folder=there, environment=self.environment | more, limit=60)


def spoil(path: Path, how: Any) -> bool:
    """Whether the file is another one now."""
    if not path.exists():
        return False
    if how[0] == "json":
        return _spoil_value(path, *how[1:])
    act, place, edit = how
    content = path.read_bytes()
    at = len(content) * place // 1000
    if act in ("gone", "folder"):
        path.unlink()
        if act == "folder":
            path.mkdir()
        return True
    changed = {
        "cut": content[:at],
        "empty": b"",
        "insert": content[:at] + edit + content[at:],
        "replace": content[:at] + edit + content[at + len(edit) :],
        "flip": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] if content else b"",
    }[act]
    path.write_bytes(changed)
    return changed != content


def _spoil_value(path: Path, where: int, odd: Any) -> bool:
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    chosen = where % len(lines)
    content = json.loads(lines[chosen])
    places = list(_places(content))
    holder, key = places[where % len(places)] if places else (None, None)
    if holder is None:
        content = odd
    else:
        holder[key] = odd
    lines[chosen] = json.dumps(content)
    path.write_text("\n".join(lines) + "\n")
    return True


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in list(pairs):
        yield content, key
        yield from _places(value)


def _spoil_model(path: Path, where: int, odd: Any) -> str:
    """Change the content of a model's file; what must come of it."""
    content = torch.load(path, weights_only=True)
    places = [place for place in _places(content) if not isinstance(place[1], int)]
    holder, key = places[where % len(places)]
    must, value = "either", holder[key]
    if odd in ("not finite", "other shape", "other type") if isinstance(odd, str) else False:
        weights = content["state_dict"]
        names = sorted(name for name in weights if weights[name].is_floating_point() and weights[name].numel() > 1)
        key = names[where % len(names)]
        value, holder, must = weights[key], weights, "refuse"
        changed = {"not finite": value / 0, "other shape": torch.zeros(3, 1, 2), "other type": value > 0}[odd]
        holder[key] = changed
    elif odd == "drop":
        del holder[key]
    else:
        holder[key] = odd
    torch.save(content, path)
    return must


def judge(case: Case, room: Room) -> dict[str, Any]:
    """Spoil, run, and say what came of it."""
    there, must, words = room.fresh(), case.must, list[str]()
    changed = True
    if case.kind in ("tag", "kg"):
        changed, words = spoil(there / case.kind / case.what, case.how), ON_TEXT if case.kind == "tag" else ON_TRIPLES
    elif case.kind == "run":
        changed = spoil(there / "run" / case.what, case.how)
        words = ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "run", *LINKS]
    elif case.kind in ("pretrain-setting", "link-setting"):
        command = ["pretrain", "--data", "tag", "--out", "made", "--encoder", "lsa", *SMALL_TAG]
        words = command if case.kind == "pretrain-setting" else list(ON_TRIPLES)
        by, odd = case.how
        if by == "set":
            words += ["--set", f"{case.what}={odd}"]
        else:
            (there / "c.yaml").write_text(f"{case.what}: {odd}\n")
            words = [*_without(words, case.what), "--config", "c.yaml"]
    elif case.kind == "yaml":
        words = [*ON_TRIPLES, "--set", case.what]
    else:
        path = there / f"{case.what}.ckpt"
        if case.kind == "flip":
            content = bytearray(path.read_bytes())
            content[case.how % len(content)] ^= 1 << case.how % 8
            path.write_bytes(content)
        else:
            must = _spoil_model(path, *case.how)
        tag = ["zero-shot", "--data", "tag", "--checkpoint", "tag.ckpt", "--json", "found.json"]
        words = tag if case.what == "tag" else ["evaluate", "--checkpoint", "kg.ckpt", "--json", "found.json"]
    return {"case": repr(case), "command": words, "changed": changed, **verdict(room.go(words, there), must, there)}


def _without(words: list[str], setting: str) -> list[str]:
    """The command without an option of the setting, which would win over the config."""
    option, plain = f"--{setting.replace('_', '-')}", list(words)
    if option in plain:
        at = plain.index(option)
        del plain[at : at + 2]
    return [word for word in plain if not word.startswith(f"{setting}=")]


def verdict(found: Outcome, must: str, there: Path) -> dict[str, Any]:
    wrong = []
    if (there / "found.json").is_file():
        text = (there / "found.json").read_text(encoding="utf-8", errors="replace")
        wrong = [word for word in ("NaN", "Infinity") if word in text]
    record = {
        "status": found.status,
        "traceback": found.traceback,
        "hangs": found.status is None,
        "refused": found.status == 2,
        "untold": found.status not in (0, None) and not found.traceback and not one_sentence(found.said),
        "accepted_wrong": found.status == 0 and (must == "refuse" or bool(wrong)),
        "code_ran": (there / "RAN").exists(),
        "left": must == "refuse" and (there / "made").exists() and found.status == 2,
    }
    bad = [name for name in ("traceback", "hangs", "untold", "accepted_wrong", "code_ran", "left") if record[name]]
    return record | ({"bad": bad, "said": found.said[-1500:]} if bad else {})


def malformed_inputs(count: int, *, chunk: int) -> Iterator[dict[str, Any]]:
    """A record a case; `chunk` numbers the cases that are drawn."""
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))

        @seed(chunk)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases())
        def one(case: Case) -> None:
            records.append(judge(case, room))

        run: Callable[[], None] = one
        run()
    yield from records
