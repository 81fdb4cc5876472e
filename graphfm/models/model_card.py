"""The card of a model as people read it: what it is, what it has seen, how it did beside its baselines, what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphfm.printable import printable

SHOWN_METRICS = ("mrr", "hits@1", "hits@3", "hits@10")


def model_card(
    content: Mapping[str, Any],
    *,
    text_graphs: bool,
    licence: str | None = None,
    about: str = "",
    name: str = "ORG/NAME",
    shared: bool = True,
) -> str:
    """A README.md with the metadata that the hub reads, from what the file of a model holds.

    Args:
        content: of the model, by name.
        text_graphs: whether it is a model of text graphs rather than of triples.
        licence: of the weights; by default what the content's card says, else it is said to be unknown.
        about: paragraphs in Markdown to begin with, which are taken as they are.
        name: of the model on the hub, or what it is loaded by.
        shared: whether it is on the hub, or to be; else it is one file, of which no folder of the hub is told.
    """
    card = content["card"]
    stated = licence or card.get("licence")
    parts = [f"# {_title(content, text_graphs=text_graphs)}", about.strip()]
    load = f"{'from_pretrained' if shared else 'load'}({json.dumps(name, ensure_ascii=False)})"
    parts += [*_use(content, load, text_graphs=text_graphs), *_sources(card, stated)]
    parts += [*_results(card, text_graphs=text_graphs), *_limits(content, text_graphs=text_graphs)]
    parts += _contents(content) if shared else []
    body = "\n\n".join(part for part in parts if part)
    return f"---\n{_metadata(content, stated, text_graphs=text_graphs)}---\n\n{body}\n"


def _title(content: Mapping[str, Any], *, text_graphs: bool) -> str:
    card = content["card"]
    if text_graphs:
        return "A graph foundation model of text graphs (graphfm)"
    on = f" on {_word(content['name'])}" if content["name"] else ", for any knowledge graph"
    return f"{_word(card.get('model', content['kind']))}{on} (graphfm)"


def _metadata(content: Mapping[str, Any], licence: str | None, *, text_graphs: bool) -> str:
    import yaml

    card = content["card"]
    kinds = (
        ["text-attributed-graphs", "zero-shot-classification"]
        if text_graphs
        else ["knowledge-graph", "link-prediction"]
    )
    known: dict[str, Any] = {"library_name": "graphfm", "tags": ["graphfm", "graph-ml", *kinds]}
    known |= {"license": licence.lower()} if licence else {}
    report = _report(card)
    if report:
        metrics = [{"type": name, "value": round(report[name], 5)} for name in SHOWN_METRICS if name in report]
        data = {"name": str(content["name"]), "type": str(content["name"])}
        result = {"task": {"type": "link-prediction"}, "dataset": data, "metrics": metrics}
        known["model-index"] = [{"name": str(card.get("model", content["kind"])), "results": [result]}]
    return str(yaml.safe_dump(known, sort_keys=False, allow_unicode=True))


def _use(content: Mapping[str, Any], load: str, *, text_graphs: bool) -> list[str]:
    if text_graphs:
        lines = ["import graphfm", f"model = graphfm.GraphFM.{load}",
                 'print(model.classify(graph, ["databases", "machine learning"]))']  # fmt: skip
    else:
        lines = ["import graphfm", f"model = graphfm.LinkModel.{load}"]
        lines += [] if content["relations"] else ['model = model.on(graphfm.load_triples("./mine"))']
        lines += ['print(model.predict_tails("HEAD", "RELATION", top=10))']
    return ["## Use", "```python\n" + "\n".join(lines) + "\n```"]


def _sources(card: Mapping[str, Any], licence: str | None) -> list[str]:
    sources = card.get("sources") or ([card["data"]] if card.get("data") else [])
    rows = [
        ("Sources", ", ".join(_word(one) for one in sources) or "not stated"),
        ("Licence", licence or "not stated: ask whoever made the model"),
        ("Described in", card.get("paper")),
        ("Parameters", card.get("parameters")),
        ("Steps", card.get("steps")),
        ("Seed", card.get("seed", _settings(card).get("seed"))),
        ("CPU seconds", card.get("train_cpu_seconds", card.get("cpu_seconds"))),
        ("Hardware", _pairs(card.get("hardware"))),
        ("Versions", _pairs(card.get("versions"))),
    ]
    return ["## Training", _table(("", ""), [(name, _word(value)) for name, value in rows if value not in (None, "")])]


def _results(card: Mapping[str, Any], *, text_graphs: bool) -> list[str]:
    report = _report(card)
    held = [one for one in _listed(card.get("held_out")) if isinstance(one, Mapping)]
    if not report and held:
        columns = ("graph", "triples", "mrr", "frequency")
        lines = [[f"{x:.3f}" if isinstance(x, float) else _word(x) for x in map(one.get, columns)] for one in held]
        words = "Validation triples of its own sources: what it learnt, and no test of transfer."
        return ["## Results", words, _table(("graph", "triples", "mrr", "answer frequency"), lines)]
    if not report:
        command = "zero-shot" if text_graphs else "evaluate"
        words = f"None is kept with the model. Measure it on your graph, with baselines: `graphfm {command}`."
        return ["## Results", words]
    result = card["result"]
    rows = [(result.get("model"), report), *(result.get("baselines") or {}).items()]
    table = _table(
        ("", *SHOWN_METRICS),
        [
            (_word(name), *(f"{row[metric]:.3f}" if metric in row else "" for metric in SHOWN_METRICS))
            for name, row in rows
        ],
    )
    about = (
        f"Split {_word(result.get('split'))} of {_word(result.get('data'))}, filtered, realistic ties"
        + (f", protocol {_word(result['protocol'])}" if result.get("protocol") else "")
        + ". The rows below the first learnt nothing from these data."
    )
    return ["## Results", about, table]


def _limits(content: Mapping[str, Any], *, text_graphs: bool) -> list[str]:
    card, said = content["card"], []
    if text_graphs:
        said.append("A graph among the sources is no test of transfer.")
        said.append("Classes are known by their names alone: names that mean little to the text encoder stay hard.")
    elif content["relations"]:
        said.append(f"It answers about {len(content['relations']):,} relations; others are refused by name.")
        if untrained := card.get("untrained_relations"):
            said.append(f"No training triple had {len(untrained):,} of them.")
    else:
        said.append("It keeps no names: place it on a graph first. What is measured on its sources is not zero-shot.")
    if not text_graphs and content["calibration"] is None:
        said.append("Its scores were not calibrated: they order answers and are no probabilities.")
    encoder = content["text_encoder"]
    if encoder:
        said.append(
            f"Texts are read by {_word(encoder.get('path_or_id', encoder['encoder']))}, with its languages and limits."
        )
    return ["## Limits", "\n".join(f"- {one}" for one in said)]


def _contents(content: Mapping[str, Any]) -> list[str]:
    words = "Tensors are in `model.safetensors`, everything else is JSON, and the sha256 of every file is in `config.json`. "
    names = len(content.get("entities", ()))
    words += f"The names of {names:,} entities are in `vocabulary.json`. " if names else ""
    if content.get("triples") and any(len(rows) for rows in content["triples"].values()):
        words += "**The triples it was trained on are part of it**, to tell known answers from new ones. "
    return ["## Files", words + "Nothing in them is executed."]


def _report(card: Mapping[str, Any]) -> Mapping[str, Any]:
    result = card.get("result")
    report = result.get("report") if isinstance(result, Mapping) else None
    whole = isinstance(report, Mapping) and all(isinstance(report.get(name, 0.0), float) for name in SHOWN_METRICS)
    return report if whole and report is not None else {}


def _settings(card: Mapping[str, Any]) -> Mapping[str, Any]:
    settings = card.get("settings")
    return settings if isinstance(settings, Mapping) else {}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _pairs(value: Any) -> Any:
    """Names and values in a line."""
    return ", ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, Mapping) else value


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _word(value: Any) -> str:
    """A value in one cell of Markdown that shows it and does nothing else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = " ".join(printable(str(value)).split())
    for character in "\\|<>[]*`&!":
        text = text.replace(character, f"&#{ord(character)};")
    return text
