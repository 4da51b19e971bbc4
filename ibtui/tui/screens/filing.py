"""Filing: what the laboratory's keys for files do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import tomli
from textual import work
from textual.screen import Screen

from ibtui.errors import IbtuiError, refused
from ibtui.profile import load_profiles, shipped, to_toml
from ibtui.recording import Recording
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.export import new_file, write_csv
from ibtui.tui.look.view import Cursor, View
from ibtui.tui.screens.dialogs import Ask, Pick, Prompt
from ibtui.tui.setup.form import Form

if TYPE_CHECKING:
    from ibtui.tui.app import Ibtui


class Filing(Screen[None]):
    """A screen whose form and run can be loaded, saved, exported and copied."""

    form: Form
    feed: Training | Saved | None
    view: View
    averages: Averages

    @property
    def lab(self) -> Ibtui:
        return cast("Ibtui", self.app)

    @property
    def recording(self) -> Recording | None:
        return self.feed.recording if self.feed else None

    @property
    def cursor(self) -> Cursor:
        raise NotImplementedError

    @work
    async def action_profiles(self) -> None:
        """Load a shipped profile, or one by its path, into the form; of a sweep, one run."""
        own = ("", "a file of your own ...")
        word = await self.lab.push_screen_wait(Pick("Load a profile:", [*shipped_titles(), own]))
        if word == "":
            word = await self.lab.push_screen_wait(Prompt("Path of the profile:"))
        if not word:
            return
        try:
            profiles = load_profiles(shipped.find(word))
        except IbtuiError as error:
            self.lab.say_error(error)
            return
        found = {profile.name: profile for profile in profiles}
        name = profiles[0].name
        if len(profiles) > 1:
            options = [(name, name) for name in found]
            name = await self.lab.push_screen_wait(Pick("It stands for several runs:", options))
        if name is not None:
            self.form.load(found[name], profiles)

    @work
    async def action_save_profile(self) -> None:
        """Save the form as a profile; a file that is there is asked about."""
        profile = self.form.check()
        if profile is None:
            self.notify("The profile has problems: see the setup", severity="warning")
            return
        answer = await self.lab.push_screen_wait(Prompt("Save as:", f"{profile.name}.toml"))
        if answer is None:
            return
        path = Path(answer).expanduser()
        if path.exists():
            question = Ask(f"{path} exists. Replace it?", (("y", "replace"), ("n", "keep it")))
            if await self.lab.push_screen_wait(question) != "y":
                return
        try:
            path.write_text(to_toml(profile), encoding="utf-8")
        except (OSError, ValueError) as error:
            self.lab.say_error(refused(path, error))
        else:
            self.notify(f"{path} is saved")

    def action_export(self) -> None:
        recording = self.recording
        if recording is None or not len(recording):
            self.notify("There is nothing to export yet", severity="warning")
            return
        path = new_file(self.folder, "plane", "csv")
        series = min(self.view.series, len(recording.header.series) - 1)
        try:
            count = write_csv(path, recording, self.cursor, self.averages, series, self.view)
        except IbtuiError as error:
            self.lab.say_error(error)
        else:
            self.notify(f"{count} points are in {path}")

    def action_copy(self) -> None:
        profile = self.feed.profile if self.feed else self.form.profile
        if profile is not None:
            self.app.copy_to_clipboard(to_toml(profile))
            self.notify("The profile is in the clipboard, if the terminal takes OSC 52")

    @property
    def folder(self) -> Path:
        """The run's folder, or the one of all runs where there is none yet."""
        return (self.feed.folder if self.feed else None) or self.lab.runs


def shipped_titles() -> list[tuple[str, str]]:
    """Name and title of each shipped profile, as a list of choices."""
    wide = max(map(len, shipped.names()), default=0)
    titles = []
    for name in shipped.names():
        table = tomli.loads((shipped.folder() / f"{name}.toml").read_text(encoding="utf-8"))
        titles.append((name, f"{name:{wide}}  {table.get('title', '')}"))
    return titles
