"""Names by number, however many of a block are new."""

from __future__ import annotations

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.tables import cells
from graphfm.datasets.tables.cells import Coder, lean_memory

names = st.text("abc ", min_size=1, max_size=2)
some_blocks = st.lists(st.lists(st.tuples(names, names), min_size=1, max_size=6), min_size=1, max_size=5)


@pytest.mark.parametrize("many", [-1.0, 0.5, 9.0])
@given(blocks=some_blocks, padded=st.lists(st.booleans(), min_size=5, max_size=5), arrow=st.booleans())
def test_the_coder_numbers_names_in_the_order_of_their_first_appearance(many, blocks, padded, arrow):
    dtype = "str" if arrow else object
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_MANY", many)
        coder, seen, expected = Coder(), {}, []
        for rows, blanks in zip(blocks, padded, strict=False):
            columns = [[name.strip(" ") if blanks else name for name in column] for column in zip(*rows, strict=True)]
            for name in columns[0] + columns[1]:
                seen.setdefault(name, len(seen))
            expected += [[seen[name] for name in row] for row in zip(*columns, strict=True)]
            given_columns = [pandas.Series(list(column), dtype=dtype) for column in zip(*rows, strict=True)]
            coder.add(given_columns, padded=blanks)
        found, positions = coder.result(2)
    assert (found, positions.tolist()) == ([*seen], expected)


def test_arrow_takes_from_the_system_for_as_long_as_a_table_is_read():
    pyarrow = pytest.importorskip("pyarrow")
    usual = pyarrow.default_memory_pool().backend_name
    with lean_memory():
        assert pyarrow.default_memory_pool().backend_name == "system"
    assert pyarrow.default_memory_pool().backend_name == usual
