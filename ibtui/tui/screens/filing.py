"""Filing: profiles are loaded and saved, the points of a plane written, after asking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import tomli

from ibtui.errors import IbtuiError, refused
from ibtui.profile import Profile, load_profiles, shipped, to_toml
from ibtui.store.files import replacing_text
from ibtui.tui.look.export import new_file, write_csv
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import View
from ibtui.tui.screens.dialogs import Ask, Pick, Prompt
from ibtui.tui.screens.host import Host
from ibtui.tui.setup.form import MOST_PICKED


async def pick_profile(host: Host) -> tuple[Profile, Sequence[Profile]] | None:
    """A shipped profile, or one by its path; of a sweep one run, and all of them.

    Raises `IbtuiError` where it cannot be read.
    """
    own = ("", "a file of your own ...")
    word = await host.push_screen_wait(Pick("Load a profile:", [*shipped_titles(), own]))
    if word == "":
        word = await host.push_screen_wait(Prompt("Path of the profile:"))
    if not word:
        return None
    profiles = load_profiles(shipped.find_profile(word))
    by_name = {profile.name: profile for profile in profiles[:MOST_PICKED]}
    name = profiles[0].name
    if len(profiles) > 1:
        options = [(name, name) for name in by_name]
        some = (
            f"{len(profiles):,} runs, the first" if len(profiles) > len(by_name) else "several runs"
        )
        name = await host.push_screen_wait(Pick(f"It stands for {some}:", options))
    return None if name is None else (by_name[name], profiles)


async def save_profile(host: Host, profile: Profile) -> None:
    """Save a profile under a name that is asked for; a file that is there is asked about."""
    answer = await host.push_screen_wait(Prompt("Save as:", f"{profile.name}.toml"))
    if answer is None:
        return
    path = Path(answer)
    try:
        path = path.expanduser()
        if os.path.lexists(path):
            question = Ask(f"{path} exists. Replace it?", (("y", "replace"), ("n", "keep it")))
            if await host.push_screen_wait(question) != "y":
                return
        with replacing_text(path) as handle:
            handle.write(to_toml(profile))
    except (OSError, ValueError, RuntimeError) as error:
        host.say_error(refused(path, error))
    except IbtuiError as error:
        host.say_error(error)
    else:
        host.notify(f"{path} is saved")


def export_plane(host: Host, folder: Path, shown: Shown, view: View) -> None:
    """Write the points of a run's plane into `folder`, and say where they are."""
    path, series = new_file(folder, "plane", "csv"), shown.series(view.series)
    try:
        count = write_csv(path, shown.recording, shown.cursor, shown.averages, series, view)
    except IbtuiError as error:
        host.say_error(error)
    else:
        host.notify(f"{count} points are in {path}")


def shipped_titles() -> list[tuple[str, str]]:
    """Name and title of each shipped profile, as a list of choices."""
    wide = max(map(len, shipped.names()), default=0)
    titles = []
    for name in shipped.names():
        table = tomli.loads((shipped.folder() / f"{name}.toml").read_text(encoding="utf-8"))
        titles.append((name, f"{name:{wide}}  {table.get('title', '')}"))
    return titles
