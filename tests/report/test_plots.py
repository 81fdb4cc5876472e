"""Figures: what they show, that SVG fits into a page, and that matplotlib is left as it was."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from graphfm.datasets import DataWarning
from graphfm.errors import DataError
from graphfm.report import images
from graphfm.report.images import png, svg
from graphfm.report.palette import CATEGORY_COLORS, CURVATURE_COLORS, INK, METHOD_COLORS, MUTED
from graphfm.report.plots import Bar, bars, histogram, line_curves, overlaid_histograms, scatter_map, stacked_gate_bars

RNG = np.random.default_rng(0)


def widths(figure: Figure) -> list[list[float]]:
    """Lengths of the horizontal bars, one list a colour."""
    return [[patch.get_width() for patch in container] for container in figure.axes[0].containers]


FIGURES = {
    "scatter": scatter_map(RNG.normal(size=(60, 2)), RNG.integers(-1, 14, 60), [f"class_{c}" for c in range(14)]),
    "bars": bars([("majority", 30.0), Bar("graphfm", 68.1, 1.2)], xlabel="accuracy", highlight="graphfm"),
    "gates": stacked_gate_bars(RNG.dirichlet([1, 2, 3], 20), ["a", "b"] * 10),
    "histogram": histogram(RNG.normal(size=50), xlabel="value", marks={"mean": 0.0}),
    "overlaid": overlaid_histograms({"a": ([1, 2], "#111111"), "b": ([0, 5], "#222222")}, edges=[0, 1, 2], xlabel="x"),
    "lines": line_curves({"spherical": ([0, 1], [1, 2]), "loss": ([0, 1], [0, 1])}, xlabel="epoch", ylabel="value"),
}
EMPTY = {
    "scatter": scatter_map(np.zeros((0, 2)), np.zeros(0, dtype=int), []),
    "bars": bars([], xlabel="accuracy"),
    "gates": stacked_gate_bars(np.zeros((0, 3)), []),
    "histogram": histogram([], xlabel="value"),
    "lines": line_curves({}, xlabel="x", ylabel="y"),
}


@pytest.mark.parametrize("figure", [*FIGURES.values(), *EMPTY.values()])
def test_svg_is_an_accessible_element_in_the_colours_of_the_page(figure: Figure) -> None:
    element = svg(figure, 'a "figure" & more')
    root = ElementTree.fromstring(element)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'a "figure" & more')
    assert INK not in element


def test_figures_made_alike_give_the_same_characters() -> None:
    first, second = (svg(stacked_gate_bars([[0.2, 0.3, 0.5]], ["all"]), "gate") for _ in range(2))
    assert first == second


def test_png_is_an_image() -> None:
    assert png(FIGURES["bars"]).startswith(b"\x89PNG")


def test_letters_that_one_font_lacks_come_from_the_next_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(images, "WIDE_FONTS", ("No Such Font", "DejaVu Serif"))
    figure = histogram([1.0, 2.0], xlabel="x")
    label = figure.axes[0].xaxis.label
    figure.canvas.mpl_connect("draw_event", lambda _: drawn.append(label.get_fontfamily()))
    before = label.get_fontfamily()
    png(figure)
    assert ["DejaVu Sans", "DejaVu Serif"] in drawn
    assert label.get_fontfamily() == before


def test_settings_of_matplotlib_stay() -> None:
    before = dict(matplotlib.rcParams)
    svg(histogram([1.0, 2.0], xlabel="x"), "x")
    png(histogram([1.0, 2.0], xlabel="x"))
    assert dict(matplotlib.rcParams) == before


def test_text_stays_text() -> None:
    assert ">accuracy</text>" in svg(FIGURES["bars"], "x")


def test_gate_bars_show_the_mean_of_each_group_in_the_colours_of_the_geometries() -> None:
    weights = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 1]])
    figure = stacked_gate_bars(weights, ["leaf", "leaf", "hub"], experts=["HyperbolicExpert", "Euclidean", "spherical"])
    assert widths(figure) == [[0.75, 0], [0.25, 0], [0, 1]]
    colors = [to_hex(container[0].get_facecolor()) for container in figure.axes[0].containers]
    assert colors == list(CURVATURE_COLORS.values())
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["leaf", "hub"]


def test_curves_of_geometries_have_their_colours() -> None:
    first, second = figure_lines(FIGURES["lines"])
    assert first == CURVATURE_COLORS[1]
    assert second not in CURVATURE_COLORS.values()


def figure_lines(figure: Figure) -> list[str]:
    return [to_hex(line.get_color()) for line in figure.axes[0].get_lines()]


def test_bars_keep_the_order_of_the_rows_and_show_the_values() -> None:
    axes = FIGURES["bars"].axes[0]
    assert [text.get_text() for text in axes.texts] == ["30.0", "68.1 ± 1.2"]
    first, second = (patch.get_y() for patch in axes.patches)
    assert first > second  # the first row is on top


def test_histogram_of_counted_bins() -> None:
    figure = histogram([0.5, 1.5], xlabel="x", bins=[0, 1, 2], weights=[3, 4], colors=["#000000", "#ffffff"])
    assert [patch.get_height() for patch in figure.axes[0].patches] == [3, 4]
    assert [to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches] == ["#000000", "#ffffff"]


def test_overlaid_histograms_are_shares_over_the_range_that_holds_data() -> None:
    figure = overlaid_histograms({"a": ([0, 1, 3, 0], "#111111")}, edges=[0, 1, 2, 3, 4], xlabel="x")
    assert figure.axes[0].get_xlim() == (1, 3)
    assert figure.axes[0].patches[0].get_data().values.tolist() == [0, 0.25, 0.75, 0]


def test_map_names_the_largest_classes_and_greys_the_rest() -> None:
    labels = np.repeat(np.arange(12), np.arange(20, 8, -1))
    figure = scatter_map(RNG.normal(size=(len(labels), 2)), labels, [f"the_class_{c}" for c in range(12)])
    assert sorted(text.get_text() for text in figure.axes[0].texts) == sorted(f"the class {c}" for c in range(10))
    rest, *classes = figure.axes[0].collections
    assert len(rest.get_offsets()) == 10 + 9
    assert to_hex(rest.get_facecolor()[0]) == MUTED
    assert [to_hex(points.get_facecolor()[0]) for points in classes] == list(CATEGORY_COLORS)


def boxes(figure: Figure) -> list[Bbox]:
    """Where the names of a map stand on the picture, in pixels."""
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in figure.axes[0].texts]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("spread", [0.0, 0.1, 3.0])
def test_names_of_a_map_meet_neither_one_another_nor_the_edge(named: bool, spread: float) -> None:
    """Ten classes on one heap, too: nothing is as bad in life."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 2)) * spread + rng.normal(size=(200, 2)) * 0.3
    names = [f"class of {'many ' * (c % 4)}words {c}" for c in range(10)]
    rows = {row: f"entity {'by name ' * (row % 3)}{row}" for row in range(12)} if named else None
    figure = scatter_map(points, np.arange(200) % 10, names, named=rows)
    placed = boxes(figure)
    assert len(placed) == (12 if named else 10)
    assert not any(one.overlaps(other) for one, other in combinations(placed, 2))
    frame = figure.axes[0].get_window_extent().padded(1)
    assert all(frame.containsx(x) and frame.containsy(y) for box in placed for x, y in box.corners())


def test_a_name_without_room_is_left_out() -> None:
    figure = scatter_map(
        np.zeros((300, 2)), np.zeros(300, int), ["a"], named={row: f"name {row}" for row in range(300)}
    )
    placed = boxes(figure)
    assert 12 < len(placed) < 300
    assert not any(one.overlaps(other) for one, other in combinations(placed, 2))


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(DataError, match=r"weights of shape \(3, 2\), expected \(3, 3\)"):
        stacked_gate_bars(np.ones((3, 2)), ["a"] * 3)
    with pytest.raises(DataError, match=r"points of shape \(3, 3\), expected \(2, 2\)"):
        scatter_map(np.ones((3, 3)), [0, 1], ["a", "b"])


def lab(color: str, *, deficiency: np.ndarray | None = None) -> np.ndarray:
    """CIELAB of a colour, as somebody with a deficiency of colour vision (Viénot et al., 1999) sees it."""
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if deficiency is not None:
        linear = deficiency @ linear
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(np.clip(to_xyz @ linear / (0.9505, 1, 1.089), 0, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


RED_BLIND = np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.0040, -0.0040, 1]])
GREEN_BLIND = np.array([[0.2925, 0.7075, 0], [0.2925, 0.7075, 0], [-0.0223, 0.0223, 1]])


@pytest.mark.parametrize(("deficiency", "least"), [(None, 30), (RED_BLIND, 20), (GREEN_BLIND, 20)])
def test_methods_have_colours_that_can_be_told_apart(deficiency: np.ndarray | None, least: float) -> None:
    seen = [lab(color, deficiency=deficiency) for color in METHOD_COLORS]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > least, np.round(distances)


def test_the_reference_is_grey_and_the_others_are_not() -> None:
    curves = {"this model": ([0, 1], [0, 0.8]), "perfect": ([0, 1], [0, 1])}
    model, perfect = line_curves(curves, xlabel="x", ylabel="y", reference="perfect").axes[0].lines
    assert (model.get_color(), perfect.get_color()) == (METHOD_COLORS[0], MUTED)
    assert perfect.is_dashed()
    assert not model.is_dashed()


def test_a_map_names_some_points_and_lists_the_classes() -> None:
    points = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    figure = scatter_map(points, [0, 1, -1], ["causes (head)", "causes (tail)"], named={1: "$virus"})
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == [r"\$virus"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["others", "causes (head)", "causes (tail)"]


def test_letters_without_a_font_are_named() -> None:
    with pytest.warns(DataWarning, match=r"no font of this system has U\+E0FF: drawn as boxes"):
        png(bars([("\ue0ff", 1.0)], xlabel="x"))
