"""Every table that a script makes is that of the records beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import compare_pykeen
import fault_figures
import filling
import frozen_jobs
import geometry_transfer
import inductive_recipe
import kg_finetuning
import kg_foundation
import kg_foundation_table
import kg_relation_texts_table
import learning_curves
import leave_one_domain_out
import link_prediction_runs
import link_prediction_table
import listed_answers
import made_geometry
import mokgr_ablation
import pytest
import stranger
import zero_shot_nested
import zero_shot_tables
import zero_shot_worth
import zero_shot_worth_table
from records import NAME, Record, Records

RESULTS = Path(__file__).parents[2] / "results"
Page = Callable[[list[Record]], str]
#: Folder of a study: the key of its records, and what makes its README of them.
STUDIES: dict[str, tuple[tuple[str, ...], Page]] = {
    "compare_pykeen": (compare_pykeen.KEY, lambda records: compare_pykeen.table(["umls", "kinship"], records)),
    "frozen_jobs": (frozen_jobs.KEY, frozen_jobs.page),
    "geometry_transfer": (geometry_transfer.KEY, geometry_transfer.table),
    "inductive_recipe/communities": (
        inductive_recipe.KEY,
        lambda records: inductive_recipe.page("communities", records),
    ),
    "inductive_recipe/regions": (inductive_recipe.KEY, lambda records: inductive_recipe.page("regions", records)),
    "kg_finetuning": (kg_finetuning.KEY, kg_finetuning.page),
    "kg_foundation": (kg_foundation.KEY, kg_foundation_table.page),
    "relation_texts": (kg_relation_texts_table.KEY, kg_relation_texts_table.page),
    "learning_curves": (learning_curves.KEY, learning_curves.report),
    "leave_one_domain_out": (leave_one_domain_out.KEY, leave_one_domain_out.tables),
    "listed_answers": (listed_answers.KEY, listed_answers.page),
    "made_geometry": (made_geometry.KEY, made_geometry.table),
    "mokgr_ablation": (mokgr_ablation.KEY, mokgr_ablation.page),
    "reliability": (fault_figures.KEY, fault_figures.page),
    "stranger": (stranger.KEY, stranger.page),
    "zero_shot_nested": (zero_shot_nested.KEY, zero_shot_tables.page),
    "zero_shot_worth": (zero_shot_worth.KEY, zero_shot_worth_table.page),
}


@pytest.mark.parametrize("study", STUDIES)
def test_a_readme_is_that_of_its_records(study: str) -> None:
    key, page = STUDIES[study]
    text = (RESULTS / study / "README.md").read_text(encoding="utf-8")
    assert text == page(Records(RESULTS / study, key).read()), "run the script of the study"


def test_the_card_of_the_model_has_the_table_of_the_study() -> None:
    records = Records(zero_shot_tables.STUDY, zero_shot_nested.KEY).read()
    text = zero_shot_tables.CARD.read_text(encoding="utf-8")
    assert zero_shot_tables.filled(text, zero_shot_tables.card(records)) == text, "run scripts/zero_shot_tables.py"


def test_the_tables_of_link_prediction_are_those_of_the_records() -> None:
    table = link_prediction_table
    assert (table.CONFIGS / "README.md").read_text(encoding="utf-8") == table.configs(), "run the script"
    for path, text in filling.pages(table.PLACES, script="link_prediction_table").items():
        assert path.read_text(encoding="utf-8") == text, "run scripts/link_prediction_table.py"


def test_all_records_are_in_studies_with_tables() -> None:
    known = {RESULTS / study for study in STUDIES}
    known |= {link_prediction_runs.RECORDS.folder, link_prediction_table.FORMER.folder}
    known |= {RESULTS / "reliability"}  # counted by `python -m tests.faults`, which prints its table
    assert {path.parent for path in RESULTS.rglob(NAME)} == known
