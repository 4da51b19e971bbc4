"""The terminal app. Importing this loads neither Textual nor torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibtui.profile import Profile
    from ibtui.tui.feeds.saved import Saved
    from ibtui.tui.setup.draft import Draft

# Between two bytecodes of the training thread the screen waits this long for its turn at most.
SWITCH_SECONDS = 0.0005


def launch(
    profile: Path | None, *, runs: Path, data_dir: Path | None = None, trust: bool = False
) -> int:
    """Open the app on a profile and return its exit code.

    Without one it opens on what was left in the form in this folder, or else on quickstart. A
    profile of several runs opens on the first. Code that it names is loaded under `trust`.

    Raises `UsageError` without a terminal or with bad settings, `ProfileError` for the profile.
    """
    from ibtui.profile import load_profiles, shipped, to_table
    from ibtui.tui.setup.draft import Draft
    from ibtui.tui.terminal.terminal import require_terminal

    require_terminal()
    path = profile if profile is not None else shipped.find_profile("quickstart")
    sweep = load_profiles(path, trust=trust)
    draft = Draft.of(Path())
    if profile is not None:
        draft.load(to_table(sweep[0]))
    return _open(sweep, runs, data_dir, None, draft)


def replay(folder: Path, *, runs: Path) -> int:
    """Open the app on a saved run, or on one that is still being written; return its exit code.

    Raises `UsageError` without a terminal, `RunError` where the run cannot be read.
    """
    from ibtui.profile import Profile, load_profiles, shipped
    from ibtui.tui.feeds.saved import Saved
    from ibtui.tui.setup.draft import Draft
    from ibtui.tui.terminal.terminal import require_terminal

    require_terminal()
    feed = Saved(folder)
    profile = feed.profile
    if isinstance(profile, Profile):
        return _open([profile], runs, None, feed, Draft.of(Path()))
    sweep = load_profiles(shipped.find_profile("quickstart"))
    return _open(sweep, runs, None, feed, Draft.of(Path()))


def _open(
    sweep: Sequence[Profile],
    runs: Path,
    data_dir: Path | None,
    feed: Saved | None,
    draft: Draft,
) -> int:
    from ibtui.text import printable
    from ibtui.tui.settings import load_settings
    from ibtui.tui.terminal.terminal import own_screen

    settings = load_settings()
    from ibtui.tui.app import Ibtui
    from ibtui.tui.private import forgive_input

    sys.setswitchinterval(SWITCH_SECONDS)
    forgive_input()
    with own_screen() as foreign:
        app = Ibtui(
            sweep[0],
            sweep=sweep,
            runs=runs,
            data_dir=data_dir,
            settings=settings,
            feed=feed,
            draft=draft,
            foreign=foreign,
        )
        try:
            code = app.run(mouse=settings.mouse)
        finally:
            app.save()  # also where the app itself has failed
    for line in foreign:  # a traceback among them, if the app has failed
        print(printable(line), file=sys.stderr)
    if app.failed:
        return 1
    return code if code is not None else app.return_code or 0
