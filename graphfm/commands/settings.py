"""Settings from a YAML file and from `--set`, checked by name before anything long begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any


def read_settings(config: Path | None, known: Collection[str], *, of: str) -> dict[str, Any]:
    """The settings in a YAML file, each one that exists.

    Args:
        config: the file, or None for no settings.
        known: names of all settings.
        of: what they are settings of, for the message.

    Raises:
        DataError: no such file, broken YAML, or an unknown name, with the nearest known one.
    """
    if config is None:
        return {}
    import yaml

    from graphfm.errors import DataError

    try:
        settings = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise DataError("no readable file", expected="a YAML file of settings", path=config) from error
    except yaml.YAMLError as error:
        raise DataError(f"broken YAML ({error})", expected="lines of `name: value`", path=config) from error
    if not isinstance(settings, dict):
        raise DataError(f"a {type(settings).__name__}", expected="lines of `name: value`", path=config)
    check_names(settings, known, of=of, path=config)
    return settings


def check_names(names: Collection[Any], known: Collection[str], *, of: str, path: Path | None = None) -> None:
    """Refuse a name that is no setting.

    Raises:
        DataError: with the nearest known name.
    """
    from graphfm.errors import unknown_setting

    for name in names:
        if name not in known:
            raise unknown_setting(name, known, of=of, path=path)


def assigned(words: Sequence[str]) -> dict[str, Any]:
    """`name=value` words as settings; values are read as YAML.

    >>> assigned(["dim=200", "reciprocal=true"])
    {'dim': 200, 'reciprocal': True}

    Raises:
        DataError: a word without `=`.
    """
    import yaml

    from graphfm.errors import DataError

    settings = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise DataError(f"--set {word}", expected="name=value, for instance --set gamma=9")
        settings[name.strip().replace("-", "_")] = yaml.safe_load(value)
    return settings
