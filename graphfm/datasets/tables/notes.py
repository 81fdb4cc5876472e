"""What is allowed in data but worth a look."""

from __future__ import annotations


class DataWarning(UserWarning):
    """Something in the data that is allowed but worth a look: empty texts, repeated edges, files that are not read."""
