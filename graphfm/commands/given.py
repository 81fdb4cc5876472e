"""Settings of a run: a flat YAML file of ``name: value`` lines, and ``--set name=value``; each is checked by its name.

Lightning's own command line (`graphfm fit`) takes files of another dialect: sections ``trainer``, ``data`` and ``model``. Each
side recognises the other's files and says which command takes them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphfm.errors import DataError, unknown_setting

#: What only a Lightning config has at its top, and what are sections there but names in a flat file.
ALWAYS, SECTIONS = ("trainer", "seed_everything", "ckpt_path"), ("model", "data", "optimizer", "lr_scheduler")


def read_yaml(config: Path) -> dict[str, Any]:
    """A YAML file of named values, of either dialect.

    Raises:
        DataError: no such file, broken YAML, or no names.
    """
    import yaml

    try:
        content = yaml.safe_load(located(config).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("no readable file", expected="a YAML file of settings", path=config) from error
    except yaml.YAMLError as error:
        raise DataError(f"broken YAML ({error})", expected="lines of `name: value`", path=config) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number or date that is none
        raise DataError(
            f"YAML that cannot be read ({error})", expected="lines of `name: value`", path=config
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"a {type(content).__name__}", expected="lines of `name: value`", path=config)
    return content


def located(config: Path) -> Path:
    """A config where it is: as given, else among those of graphfm, ``configs/...``, which an installed package brings along."""
    if config.exists() or config.parts[:1] != ("configs",):
        return config
    package = Path(__file__).parents[1]
    there = (package / config, package.parent / config)  # of a wheel, of a checkout
    return next((path for path in there if path.is_file()), config)


def lightning_sections(content: Mapping[str, Any]) -> list[str]:
    """The names in a config that only Lightning's dialect has; none for a flat one."""
    return [name for name, value in content.items() if name in ALWAYS or (name in SECTIONS and isinstance(value, dict))]


def read_settings(config: Path | None, *, of: str) -> dict[str, Any]:
    """The settings in a flat YAML file, by name; none without a file.

    Args:
        config: the file, or None.
        of: the function whose settings they are, such as "graphfm.pretrain"; for the message.

    Raises:
        DataError: see `read_yaml`, or a file for `graphfm fit`.
    """
    if config is None:
        return {}
    content = read_yaml(config)
    sections = lightning_sections(content)
    if sections:
        raise DataError(
            f"a Lightning config (it has {', '.join(map(repr, sections))})",
            expected=f"lines of `name: value`, each a setting of {of}",
            hint=f"This file is for `graphfm fit --config {config}`.",
            path=config,
        )
    return content


def refuse_flat(config: Path) -> None:
    """Refuse a flat file of settings where Lightning's sections are expected.

    Raises:
        DataError: such a file, with the command that takes it, or what `read_yaml` raises.
    """
    content = read_yaml(config)
    if not content or lightning_sections(content):
        return
    command = "link-prediction" if isinstance(content.get("model"), str) else "pretrain"
    some = ", ".join(map(repr, list(content)[:3]))
    raise DataError(
        f"a flat file of settings ({some})",
        expected="a Lightning config with the sections trainer, data and model",
        hint=f"This file is for `graphfm {command} --config {config}`; configs of fit are in configs/lightning.",
        path=config,
    )


def check_names(names: Collection[Any], known: Collection[str], *, of: str, path: Path | None = None) -> None:
    """Refuse a name that is no setting.

    Raises:
        DataError: with the nearest known name.
    """
    for name in names:
        if name not in known:
            raise unknown_setting(name, known, of=of, path=path)


def assigned(words: Sequence[str]) -> dict[str, Any]:
    """`name=value` words as settings; values are read as YAML.

    >>> assigned(["dim=200", "reciprocal=true"])
    {'dim': 200, 'reciprocal': True}

    Raises:
        DataError: a word without `=`, or a value that is no YAML.
    """
    import yaml

    settings = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise DataError(f"--set {word}", expected="name=value, for instance --set gamma=9")
        try:
            settings[name.strip().replace("-", "_")] = yaml.safe_load(value)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise DataError(f"--set {word[:100]}", expected="a value that YAML can read") from error
    return settings


def typed_in(context: Any, **options: Any) -> dict[str, Any]:
    """Those of the options that were given on the command line, where the others hold their defaults.

    Args:
        context: typer's, of the command.
        **options: values by the name of their parameter.
    """
    return {name: value for name, value in options.items() if context.get_parameter_source(name).name == "COMMANDLINE"}
