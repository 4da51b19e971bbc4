"""The form: filled from a profile, checked as one types, reshaped by what one picks."""

import asyncio

from textual.widgets import Button, Checkbox, Input, Select

from ibtui.profile import Network, parse_profile, parse_profiles, validate
from ibtui.tui.setup.fields import Field
from ibtui.tui.setup.sections import Picker, Section, Title
from tests.tui import scripted_app
from tests.tui.scripted_app import until


class Hand:
    """Finds things in the form and acts on them; waits until what should come of it has."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    @property
    def form(self):
        return self.app.screen.form

    @property
    def profile(self):
        return self.form.profile

    def field(self, path) -> Field:
        return next(field for field in self.app.screen.query(Field) if field.path == path)

    def section(self, key) -> Section:
        return next(section for section in self.app.screen.query(Section) if section.path == key)

    def problem(self, path) -> str:
        shown = self.field(path)._problem
        return str(shown.render()) if shown.display else ""

    async def open(self, key):
        title, was = self.section(key).query_one(Title), self.section(key).opened
        title.post_message(Title.Toggled(title.parent))
        await self.until(lambda: self.section(key).opened != was)
        await self.pilot.pause()

    async def type(self, path, text, then):
        await self.until(lambda: any(f.path == path for f in self.app.screen.query(Field)))
        self.field(path).query_one(Input).value = text
        await self.until(then)

    async def until(self, condition):
        await until(self.pilot, condition)


def drive(app, steps, size=(120, 40)):
    async def begin(pilot):
        hand = Hand(app, pilot)
        await hand.until(lambda: all(widget.is_mounted for widget in app.screen.query("*")))
        await steps(hand, pilot)

    scripted_app.drive(app, begin, size)


def test_the_form_says_what_the_profile_says(tmp_path):
    profile = parse_profile(
        'name = "a"\nreplicates = 7\n'
        '[network]\nlayers = [9, { conv = 2 }, 4]\nactivation = "relu"\n'
        '[quantization]\nbits = 4\n[[estimator]]\nname = "binning"\nbins = 77\n',
        "a.toml",
    )
    app = scripted_app.app(tmp_path, profile=profile)

    async def steps(hand, pilot):
        assert hand.field("replicates").query_one(Input).value == "7"
        shown = hand.field("network.layers").query_one(Input).value
        assert shown == "9, { conv = 2, kernel = 3, stride = 1, padding = 0 }, 4"
        assert hand.field("network.activation").query_one(Select).value == "relu"
        assert hand.field("estimator.0.bins").query_one(Input).value == "77"
        await hand.open("quantization")
        assert hand.field("quantization.bits").query_one(Input).value == "4"
        assert hand.form.check() == profile

    drive(app, steps)


def test_a_wrong_value_is_told_beside_its_field_in_the_profiles_own_words(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.type("replicates", "0", lambda: hand.problem("replicates"))
        assert hand.problem("replicates") == "0 is below 1 (set it to 1 or more)"
        assert hand.profile is None
        await hand.type("replicates", "many", lambda: "many" in hand.problem("replicates"))
        assert hand.problem("replicates") == "'many' is not a whole number"
        await hand.type("replicates", "5", lambda: hand.profile is not None)
        assert hand.profile.replicates == 5
        assert hand.problem("replicates") == ""
        await hand.type("network.layers", "10, 0, 3", lambda: hand.problem("network.layers"))
        assert hand.problem("network.layers").startswith("0 is below 1")

    drive(app, steps)


def test_a_problem_in_a_closed_section_is_told_in_its_title(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.open("training")
        await hand.type("training.epochs", "-3", lambda: hand.profile is None)
        await hand.open("training")
        title = str(hand.section("training").query_one(Title).render())
        assert "epochs -3 is below 0" in title
        assert hand.section("training").has_class("wrong")

    drive(app, steps)


def test_a_run_with_problems_is_refused_and_the_setup_shown(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.type("replicates", "0", lambda: hand.profile is None)
        await hand.until(lambda: "scripted  NOT READY" in scripted_app.screen_text(app))
        hand.form.scroll_end(animate=False)
        await hand.until(lambda: "replicates     0" not in scripted_app.screen_text(app))
        await pilot.press("escape", "r")
        assert app.training is None
        await hand.until(lambda: "replicates     0" in scripted_app.screen_text(app))
        assert [toast.message for toast in app._notifications] == [
            "The profile has problems: see the setup"
        ]
        assert app.screen.setup.display
        await pilot.press("1", "r")
        await pilot.pause()
        assert app.screen.setup.display

    drive(app, steps, (100, 26))


def test_optional_fields_are_left_out_when_they_are_emptied(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.type("network.outputs", "3", lambda: hand.profile.network.outputs == 3)
        await hand.type("network.outputs", "", lambda: hand.profile.network.outputs is None)
        await hand.type("estimator.0.label", "30", lambda: hand.profile.estimator[0].label == "30")

    drive(app, steps)


def test_layers_are_added_and_removed(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        layers = hand.field("network.layers")
        layers.query_one(".more", Button).press()
        await hand.until(lambda: hand.profile.network.layers == (10, 7, 5, 4, 3, 3))
        for _ in range(3):
            layers.query_one(".less", Button).press()
            await pilot.pause()
        await hand.until(lambda: hand.profile.network.layers == (10, 7, 5))

    drive(app, steps)


def test_estimators_are_added_changed_and_removed(tmp_path):
    app = scripted_app.app(tmp_path)

    def names(hand):
        return [estimator.name for estimator in hand.profile.estimator] if hand.profile else []

    async def steps(hand, pilot):
        estimators = hand.section("estimator")
        estimators.query_one(".add", Button).press()
        await hand.until(lambda: names(hand) == ["exact", "requantized"])
        await hand.until(lambda: len(estimators.query("Picker Select")) == 2)
        await pilot.pause()
        estimators.query(Picker).last().query_one(Select).value = "binning"
        await hand.until(lambda: names(hand) == ["exact", "binning"])
        await hand.type("estimator.1.bins", "9", lambda: hand.profile.estimator[-1].bins == 9)
        estimators.query(Picker).first().query_one(".remove", Button).press()
        await hand.until(lambda: names(hand) == ["binning"])
        assert hand.profile.estimator[0].bins == 9
        await hand.until(lambda: not estimators.query(".remove"))

    drive(app, steps)


def test_two_estimators_of_one_name_are_told_at_their_section(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        estimators = hand.section("estimator")
        estimators.query_one(".add", Button).press()
        await hand.until(lambda: len(estimators.query("Picker Select")) == 2)
        await pilot.pause()
        estimators.query(Picker).last().query_one(Select).value = "exact"
        await hand.until(lambda: hand.profile is None)
        said = str(hand.form._rest.render()) + str(estimators.query_one(Title).render())
        assert "two estimators give the series 'exact'" in said

    drive(app, steps)


def test_quantization_is_switched_off_and_on(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.open("quantization")
        hand.section("quantization").query_one(".on", Checkbox).value = False
        await hand.until(lambda: hand.profile.quantization is None)
        await pilot.pause()
        hand.section("quantization").query_one(".on", Checkbox).value = True
        await hand.until(lambda: hand.profile.quantization is not None)
        assert hand.profile.quantization.bits == 8

    drive(app, steps)


def test_another_data_set_brings_its_options_and_keeps_what_both_have(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        await hand.open("data")
        await hand.type("data.test_fraction", "0.3", lambda: hand.profile.data.test_fraction == 0.3)
        hand.section("data").query_one(Select).value = "gaussian"
        await hand.until(lambda: hand.profile.data.name == "gaussian")
        await hand.type("data.samples", "500", lambda: hand.profile.data.samples == 500)
        assert hand.profile.data.test_fraction == 0.3

    drive(app, steps)


def test_typing_letters_in_a_field_runs_nothing(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        hand.field("title").query_one(Input).focus()
        await pilot.press("r", "q", "space", "1")
        await hand.until(lambda: hand.profile.title == "rq 1")
        assert app.training is None
        assert app.is_running

    drive(app, steps)


def test_another_profile_fills_the_form_anew(tmp_path):
    app = scripted_app.app(tmp_path)
    other = validate({"name": "other", "network": {"layers": [3]}, "seed": 5}, "test")

    async def steps(hand, pilot):
        hand.form.load(other)
        await hand.until(
            lambda: [f.value for f in app.screen.query(Field) if f.path == "seed"] == [5]
        )
        assert hand.form.check() == other

    drive(app, steps)


def test_a_section_can_be_closed_while_its_fields_still_come(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        network = hand.section("network")
        title = network.query_one(Title)
        for turns in range(24):  # of the event loop, until the title is pressed
            network.post_message(Section.Reshaped(network, {"layers": [turns + 1]}))
            for _ in range(turns):
                await asyncio.sleep(0)
            title.post_message(Title.Toggled(network))
            await pilot.pause()
        await hand.until(lambda: hand.profile and hand.profile.network.layers == (24,))

        def paths():
            return [field.path for field in app.screen.query(Field)]

        await hand.until(lambda: network.opened and len(paths()) == len(set(paths())))

    drive(app, steps)


def test_of_a_sweep_one_run_is_shown_and_another_can_be_picked(tmp_path):
    sweep = parse_profiles(
        'name = "grid"\nseed = 3\n[sweep]\nquantization.bits = [4, 8, 12]\n', "grid.toml"
    )
    app = scripted_app.app(tmp_path, profile=sweep[0], sweep=sweep)

    def shown():
        return [str(f.value) for f in app.screen.query(Field) if f.path == "name"]

    async def steps(hand, pilot):
        picker = hand.form.query("Form > .picker Select").first(Select)
        assert picker.value == sweep[0].name
        await hand.until(lambda: "run 1 of 3 of its sweep" in scripted_app.screen_text(app))
        await hand.type("seed", "7", lambda: hand.profile.seed == 7)
        picker.value = sweep[2].name
        await hand.until(lambda: shown() == [sweep[2].name])
        await hand.until(lambda: hand.form.check() == sweep[2])
        await hand.until(lambda: "run 3 of 3 of its sweep" in scripted_app.screen_text(app))
        hand.form.load(validate({"name": "alone"}, "test"))
        await hand.until(lambda: shown() == ["alone"])
        await hand.until(lambda: not hand.form.query("Form > .picker"))
        await hand.until(lambda: "of its sweep" not in scripted_app.screen_text(app))

    drive(app, steps)


def test_of_a_hundred_thousand_runs_a_thousand_are_offered_and_none_is_queued(tmp_path):
    lists = f"seed = {[*range(1000)]}\nreplicates = {[*range(1, 101)]}"
    sweep = parse_profiles(f'name = "grid"\n[sweep]\n{lists}', "grid.toml")
    app = scripted_app.app(tmp_path, profile=sweep[0], sweep=sweep)

    async def steps(hand, pilot):
        await hand.until(lambda: "run 1 of 100000 of its sweep" in scripted_app.screen_text(app))
        picker = hand.form.query("Form > .picker Select").first(Select)
        assert len(picker._options) == 1000
        picker.value = sweep[999].name
        await hand.until(lambda: "run 1000 of 100000" in scripted_app.screen_text(app))
        app.action_run_sweep()
        assert not len(app.queue)
        said = "100,000 runs: ibtui batch"
        await hand.until(lambda: any(said in one.message for one in app._notifications))

    drive(app, steps)


def test_the_field_that_one_is_in_says_what_it_is(tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(hand, pilot):
        hand.field("network.dropout").query_one(Input).focus()
        await pilot.pause()
        hint = app.screen.query_one("#hint")
        assert str(hint.render()) == Network.model_fields["dropout"].description
        app.screen.set_focus(None)
        await pilot.pause()
        assert str(hint.render()) == ""

    drive(app, steps)
