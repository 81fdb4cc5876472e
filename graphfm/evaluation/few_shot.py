"""Few-shot node classification: prototypes of a few labelled nodes a class, mixed with the texts of the classes.

The representation stays frozen. Every method sees the same drawn nodes and is counted on all other labelled nodes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from graphfm.classification.decide import standard_error, use_structure
from graphfm.classification.pool import read
from graphfm.classification.propagate import COSINE_SCALE, smooth, text_log_posterior
from graphfm.classification.readers.target import target
from graphfm.classification.seen_texts import class_texts, read_texts
from graphfm.errors import DataError
from graphfm.evaluation.accuracy import accuracy_and_macro_f1, confidence

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM

SHOTS = (1, 3, 5, 10)
TEXT_SHOTS = 4.0  # the text of a class counts as so many labelled nodes


class FewShotRow(NamedTuple):
    """One method at one number of shots, in percent, an entry a draw; `nodes` are counted on. `majority` has no probabilities."""

    shots: int
    method: str
    accuracy: list[float]
    macro_f1: list[float]
    nodes: int
    ece: Sequence[float] = ()

    def summary(self) -> dict[str, Any]:
        """Mean and standard deviation over the draws, as plain data."""
        values = {"accuracy": self.accuracy, "macro_f1": self.macro_f1} | ({"ece": self.ece} if self.ece else {})
        content: dict[str, Any] = {"shots": self.shots, "method": self.method, "nodes": self.nodes}
        for name, percent in values.items():
            content[name] = round(fmean(percent), 2)
            content[f"{name}_std"] = round(stdev(percent), 2) if len(percent) > 1 else 0.0
            content[f"{name}_draws"] = [round(value, 2) for value in percent]
        return content


def few_shot_rows(
    graph: TextGraph,
    x: Tensor,
    encode_text: Callable[[list[str]], Tensor],
    *,
    model: GraphFM | None = None,
    shots: Sequence[int] | None = None,
    draws: int = 5,
) -> list[FewShotRow]:
    """Classify with k labelled nodes a class, over several fixed draws; accuracy, macro-F1 and ECE over all other labelled nodes.

    Args:
        graph: a text graph with classes and labels.
        x: unit text embeddings of its nodes, (N, D).
        encode_text: the encoder that made them, for the texts of the classes.
        model: adds the rows ``experts`` (its own unit rows in place of x), ``graphfm+decide`` and ``graphfm``. ``...+decide``
            take smoothed rows, or the model's, where the shown labels are likelier by them than by x, each left out of the
            prototypes (`left_out`), by more than one standard error; elsewhere structure is used as `decide` decides.
            ``...+pool`` and ``graphfm`` are the pool of zero-shot (`graphfm.classification.pool`) with prototypes in place of the
            class texts' rows, and the shown labels told to every reader that is fitted.
        shots: the numbers k; those of `SHOTS` that most classes can show by default.
        draws: how often the labelled nodes are drawn, with the seeds 0, 1, ...

    Raises:
        DataError: see `check`.
    """
    shots = usual_shots(graph) if shots is None else shots
    check(graph, shots=shots, draws=draws)
    methods, rows = _methods(graph, x, encode_text, model), []
    for k in shots:
        scored: dict[str, list[tuple[float, ...]]] = {method: [] for method in ["majority", *methods]}
        for draw in range(draws):
            shown = draw_shots(graph.y, k, num_classes=graph.num_classes, seed=draw)
            asked = graph.labelled.index_fill(0, shown, False)
            y = graph.y[asked]
            scored["majority"].append(accuracy_and_macro_f1(torch.mode(y).values.expand_as(y), y))
            for method, predict in methods.items():
                found = predict(shown)[asked]
                scored[method].append((*accuracy_and_macro_f1(found.argmax(-1), y), confidence(found, y).ece))
        for method, values in scored.items():
            accuracy, macro_f1, *ece = map(list, zip(*values, strict=True))
            rows.append(FewShotRow(k, method, accuracy, macro_f1, len(y), *ece))
    return rows


def _methods(
    graph: TextGraph, x: Tensor, encode_text: Callable[[list[str]], Tensor], model: GraphFM | None
) -> dict[str, Callable[[Tensor], Tensor]]:
    """Each method: from the ids of the shown nodes to the posteriors of all nodes (N, C)."""
    adj = graph.adjacency()
    named = class_texts(graph.class_names, graph.class_descriptions)
    texts = encode_text(named)
    words = target(read_texts(graph), x, named, texts, adj)

    def class_rows(z: Tensor, shown: Tensor, text: Tensor | None = texts) -> Tensor:
        return prototypes(z[shown], graph.y[shown], num_classes=graph.num_classes, text=text)

    def nearest(z: Tensor, text: Tensor | None = texts) -> Callable[[Tensor], Tensor]:
        return lambda shown: _nearest(z, class_rows(z, shown, text))

    def decided(*rows: Tensor, view: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        def predict(shown: Tensor) -> Tensor:
            # The shown labels judge: other rows are taken if they foretell them surely better than the texts alone do.
            alone, *others = (left_out(z[shown], graph.y[shown], texts) for z in (x, *rows))
            bounds = [float((other - alone).mean()) - standard_error(other - alone) for other in others]
            if max(bounds) > 0:
                return nearest(rows[bounds.index(max(bounds))])(shown)
            log_posterior = text_log_posterior(x, class_rows(x, shown))
            seen = None if view is None else text_log_posterior(view, class_rows(view, shown))
            return use_structure(log_posterior, adj, fold=words.fold, view=seen)[0]

        return predict

    def pooled(view: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        def predict(shown: Tensor) -> Tensor:
            told = torch.full_like(graph.y, -1)
            told[shown] = graph.y[shown]
            seen = dataclasses.replace(words, class_rows=class_rows(x, shown), shown=told, view=view)
            return read(seen).posterior

        return predict

    smoothed = smooth(x, adj)
    methods = {
        "prototypes": nearest(x, None),
        "prototypes+description": nearest(x),
        "prototypes+description+smooth": nearest(smoothed),
        "prototypes+description+decide": decided(smoothed),
        "prototypes+description+pool": pooled(),
    }
    if model is not None:
        encoded, view = model.encode(graph, x=x).features, model.read_neighbours(graph, x=x)
        methods["experts"] = nearest(encoded)
        methods["graphfm+decide"] = decided(smoothed, encoded, view=view)
        methods["graphfm"] = pooled(view)
    return methods


def check(graph: TextGraph, *, shots: Sequence[int], draws: int) -> None:
    """Refuse what cannot be asked, before anything is embedded.

    Raises:
        DataError: no classes, no class with two labelled nodes, a number of shots or of draws below one, or more shots than
            most classes can show.
    """
    if min(shots, default=0) < 1 or draws < 1:
        raise DataError(f"shots {list(shots)} and {draws} draws", expected="whole numbers from 1 on")
    sizes = torch.bincount(graph.y[graph.labelled], minlength=graph.num_classes)
    if not graph.class_names or int(sizes.max()) < 2:
        raise DataError(
            f"{graph.name} with {graph.num_classes} classes and {int(sizes.sum())} labelled nodes",
            expected="class names, and a class with two labelled nodes: one to show and one to ask for",
            hint="Without labels, classify with `graphfm zero-shot`, or model.classify(graph, class_names) in Python.",
        )
    most = most_shots(graph)
    if max(shots) > most:
        used = int((sizes > 0).sum())
        raise DataError(
            f"{max(shots)} shots, but {short_classes(graph, max(shots))} of the {used} classes of {graph.name} have no more "
            "labelled nodes than that",
            expected=f"at most {most}, so that most classes have a node left to ask for",
        )


def most_shots(graph: TextGraph) -> int:
    """The largest number of shots that at least half of the classes can show with a node left to ask for."""
    sizes = torch.bincount(graph.y[graph.labelled], minlength=graph.num_classes)
    ordered = sizes[sizes > 0].sort().values
    return int(ordered[len(ordered) // 2]) - 1 if len(ordered) else 0


def usual_shots(graph: TextGraph) -> list[int]:
    """Those of `SHOTS` that most classes can show."""
    return [k for k in SHOTS if k <= max(1, most_shots(graph))]


def short_classes(graph: TextGraph, k: int) -> int:
    """Number of classes with no more than k labelled nodes, which show all but one of them."""
    sizes = torch.bincount(graph.y[graph.labelled], minlength=graph.num_classes)
    return int(((sizes > 0) & (sizes <= k)).sum())


def draw_shots(y: Tensor, k: int, *, num_classes: int, seed: int) -> Tensor:
    """Ids of k random nodes of each class, ascending; the k of a seed are among the k + 1 of the same seed.

    A class with no more than k labelled nodes shows all but one of them, so that every class is asked for; a class with
    a single one shows none.

    Args:
        y: (N,) classes, -1 where unknown.
        k: nodes a class.
        num_classes: C.
        seed: of the draw.

    >>> draw_shots(torch.tensor([0, 0, 0, 1, -1, 2, 2]), 2, num_classes=3, seed=0).bincount(minlength=7)[[3, 4]]
    tensor([0, 0])
    """
    return torch.cat([members[: min(k, len(members) - 1)] for members in _shuffled(y, num_classes, seed)]).sort().values


def shown_nodes(graph: TextGraph, *, shots: Sequence[int], draws: int) -> pd.DataFrame:
    """The drawn nodes, one line each: ``draw, shots, id, label``."""
    import pandas as pd

    lines = [
        (draw, k, graph.node_ids[node], graph.class_names[int(graph.y[node])])
        for draw in range(draws)
        for k in shots
        for node in draw_shots(graph.y, k, num_classes=graph.num_classes, seed=draw).tolist()
    ]
    return pd.DataFrame(lines, columns=["draw", "shots", "id", "label"])


def as_json(graph: TextGraph, encoder: str, rows: Sequence[FewShotRow], **more: Any) -> dict[str, Any]:
    """The result as plain data: ``data, encoder, num_nodes, num_classes, rows`` and whatever is added."""
    return {
        "data": graph.name,
        "encoder": encoder,
        "num_nodes": graph.num_nodes,
        "num_labelled": int(graph.labelled.sum()),
        "num_classes": graph.num_classes,
        "rows": [row.summary() for row in rows],
        **more,
    }


def _shuffled(y: Tensor, num_classes: int, seed: int) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    for c in range(num_classes):
        members = (y == c).nonzero().flatten()
        yield members[torch.randperm(len(members), generator=generator)]


def prototypes(shown: Tensor, y: Tensor, *, num_classes: int, text: Tensor | None = None) -> Tensor:
    r"""One unit row a class, from a few labelled nodes and the text of the class.

    .. math:: w_c = \mathrm{normalize}(\lambda_c u_c + (1 - \lambda_c)\, \mathrm{normalize}(\textstyle\sum_{y_v = c} z_v)),
              \qquad \lambda_c = \frac{1}{1 + k_c / 4}

    with :math:`k_c` the number of shown nodes of class c: a class with none is its text alone. Without texts
    :math:`\lambda = 0`, and the row of a class with no shown node is zero.

    Source: prototypes are those of Snell et al. (arXiv 1703.05175).

    Args:
        shown: unit rows (m, D) of the labelled nodes.
        y: (m,) their classes.
        num_classes: C.
        text: unit rows (C, D) of the texts of the classes.

    Shapes:
        -> (C, D)
    """
    total = shown.new_zeros(num_classes, shown.size(1)).index_add_(0, y, shown)
    prototype, count = F.normalize(total, dim=-1), torch.bincount(y, minlength=num_classes)  # (C, D), (C,)
    if text is None:
        return prototype
    share = (1 / (1 + count / TEXT_SHOTS)).unsqueeze(-1)  # (C, 1)
    return F.normalize(share * text + (1 - share) * prototype, dim=-1)


def left_out(shown: Tensor, y: Tensor, text: Tensor) -> Tensor:
    """Log posterior (m,) of the class of each labelled node, by the prototypes of the others alone.

    Args:
        shown: unit rows (m, D) of the labelled nodes.
        y: (m,) their classes.
        text: unit rows (C, D) of the texts of the classes.
    """
    classes, node = len(text), torch.arange(len(y))
    cosine = shown @ prototypes(shown, y, num_classes=classes, text=text).T  # (m, C)
    # Only the row of a node's own class changes without it.
    total = shown.new_zeros(text.shape).index_add_(0, y, shown)[y] - shown
    others = (torch.bincount(y, minlength=classes)[y] - 1).unsqueeze(-1)  # (m, 1)
    share = 1 / (1 + others / TEXT_SHOTS)
    rest = torch.where(others > 0, F.normalize(total, dim=-1), 0.0)  # else rounding alone is left of the difference
    own = F.normalize(share * text[y] + (1 - share) * rest, dim=-1)
    cosine[node, y] = (shown * own).sum(-1)
    return (COSINE_SCALE * cosine).log_softmax(-1)[node, y]


def _nearest(z: Tensor, rows: Tensor) -> Tensor:
    """Softmax of the cosines (n, C), among the classes that have a row."""
    return (COSINE_SCALE * z @ rows.T).masked_fill((rows == 0).all(-1), float("-inf")).softmax(-1)
