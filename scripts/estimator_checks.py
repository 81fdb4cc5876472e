"""scikit-learn's own checks of our estimators, each with what came of it; writes results/estimator_checks.

python scripts/estimator_checks.py
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import sklearn
from sklearn.utils.estimator_checks import check_estimator

from graphfm.estimators import GraphClassifier, LinkPredictor

OUT = Path(__file__).parents[1] / "results" / "estimator_checks"
#: Why checks do not apply: they fit to what their authors had in mind, rows of numbers.
REASON = {
    GraphClassifier: "it fits to a matrix of numbers; the estimator takes a text graph and refuses anything else in words",
    LinkPredictor: "it fits to a matrix of numbers; the estimator takes rows of three names and refuses anything else in words",
}
#: What some of them look for is tested on graphs and triples in tests/estimators.
ELSEWHERE = {
    name: f"it fits to a matrix of numbers; tested with a graph and with triples in tests/estimators ({what})"
    for name, what in {
        "check_estimators_pickle": "a fitted one comes back from pickle",
        "check_fit_idempotent": "fitted twice, the same answers",
        "check_estimators_fit_returns_self": "fit returns self",
        "check_dict_unchanged": "predicting changes nothing",
        "check_dont_overwrite_parameters": "fitting leaves the parameters",
        "check_estimators_overwrite_params": "fitting leaves the parameters",
        "check_fit_check_is_fitted": "NotFittedError before, none after",
        "check_decision_proba_consistency": "the same order",
    }.items()
} | {"check_array_api_input": "skipped by scikit-learn unless SCIPY_ARRAY_API is set; no arrays are taken"}


def all_checks(make: type[Any]) -> list[dict[str, Any]]:
    """The results of every check for classifiers. By our tags, which say that matrices are not taken, one would be left."""

    class Whole(make):  # type: ignore[misc]
        def __sklearn_tags__(self) -> Any:
            tags = super().__sklearn_tags__()
            tags.input_tags.two_d_array, tags.no_validation = True, False
            return tags

    Whole.__name__ = make.__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(check_estimator(Whole(), on_fail=None, on_skip=None))


def main() -> None:
    record: dict[str, dict[str, dict[str, str]]] = {}
    lines = [
        "# scikit-learn's checks of the estimators",
        "",
        f"`python scripts/estimator_checks.py`, scikit-learn {sklearn.__version__}.",
        "",
    ]
    for make, reason in REASON.items():
        found = record[make.__name__] = {}
        for result in all_checks(make):
            status, error = result["status"], result["exception"]
            if status == "passed":
                found[result["check_name"]] = {"status": "passed"}
                continue
            said = f"{type(error).__name__}: {error}".replace("\n", " ")[:160]
            found[result["check_name"]] = {
                "status": status,
                "reason": ELSEWHERE.get(result["check_name"], reason),
                "said": said,
            }
        passed = [name for name, one in found.items() if one["status"] == "passed"]
        lines += [f"## {make.__name__}: {len(passed)} of {len(found)} pass", "", f"Pass: {', '.join(passed)}.", ""]
        lines += ["| does not pass | why |", "|---|---|"]
        lines += [f"| {name} | {one['reason']} |" for name, one in found.items() if one["status"] != "passed"]
        lines.append("")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "checks.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (OUT / "README.md").write_text("\n".join(lines), encoding="utf-8")
    print(f"{OUT}/README.md")


if __name__ == "__main__":
    main()
