"""Settings: `config.toml` in the user's config folder: theme, colours, defaults, keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator

from ibtui.errors import UsageError
from ibtui.files import FileError, read_text
from ibtui.options import Options, Words
from ibtui.problems import did_you_mean, explain
from ibtui.profile.model import MOST_BYTES
from ibtui.profile.table import parse
from ibtui.tui.draw.palette import Ramp
from ibtui.tui.draw.raster import Markers
from ibtui.tui.keys import BINDING_IDS
from ibtui.tui.look.view import PathKind, Scale, Unit

NAME = "config.toml"


Names = Annotated[tuple[Words, ...], Field(max_length=100)]


class PluginNames(Options):
    """Code of one's own, `module:Class`, that can be chosen like what is installed."""

    estimators: Names = ()
    data: Names = ()
    networks: Names = ()


class Settings(Options):
    """What a person prefers. Every key may be left out."""

    theme: str = Field(
        "auto", description="a theme's name, as the palette lists them; auto goes by the colours"
    )
    ramp: Ramp = Field("viridis", description="colours of the epochs")
    markers: Markers | Literal["auto"] = Field(
        "auto",
        description="how paths are drawn: auto is braille, or ascii in a locale without UTF-8",
    )
    unit: Unit = Field("bits", description="unit of information on the screen")
    scale: Scale = Field("linear", description="scale of the epochs")
    path: PathKind = Field("mean", description="what of the replicates a plane shows first")
    spread: bool = Field(False, description="whether the replicates' deviation is drawn")
    frames_per_second: float = Field(
        8.0, gt=0, le=30, description="how often the screen is drawn at most while a run goes on"
    )
    notices: bool = Field(
        True, description="whether the terminal gets a title with per cent, and a bell at the end"
    )
    dropped_line: Literal["stop", "background"] = Field(
        "stop", description="what a run does when the line drops: it is saved, or trains on"
    )
    mouse: bool = Field(True, description="whether the app takes the mouse")
    plugins: PluginNames = Field(
        PluginNames(), description="estimators, data and networks: lists of module:Class"
    )
    keys: dict[Words, Words] = Field(
        {}, max_length=1000, description="action = keys, separated by commas"
    )

    @field_validator("keys")
    @classmethod
    def _actions_exist(cls, keys: dict[str, str]) -> dict[str, str]:
        for action in keys:
            if action not in BINDING_IDS:
                raise ValueError(f"{action} is no action{did_you_mean(action, BINDING_IDS)}")
        return keys


def settings_file() -> Path:
    """Where the settings are: `$XDG_CONFIG_HOME/ibtui/config.toml` on Linux."""
    return platformdirs.user_config_path("ibtui") / NAME


def load_settings(path: Path | None = None) -> Settings:
    """The settings in `path`, or the defaults where it does not exist.

    Raises `UsageError` with every problem of the file, one a line.
    """
    path = settings_file() if path is None else path
    try:
        table = parse(read_text(path, MOST_BYTES))
    except FileError as error:
        if error.missing:
            return Settings.model_validate({})
        raise UsageError(str(error)) from None
    except ValueError as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    try:
        return Settings.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        lines = explain(error, Settings)
        raise UsageError("\n".join(f"{path}: {line}" for line in lines)) from None
