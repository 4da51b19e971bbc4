"""The base of everything a profile can hold: frozen, typed, and closed to unknown keys.

Data sets and estimators are option tables that know how to load or measure; a profile is
composed of them. Defining an option in a subclass is all it takes for it to appear in profiles,
in `ibtui data list` and `ibtui estimators`, and in the app's form.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Bounds of what is counted: far beyond what anybody trains, well within what numbers hold.
MOST_EPOCHS = 10**9
MOST_SAMPLES = 10**8
MOST_UNITS = 65536
MOST_REPLICATES = 65536
Seed = Annotated[int, Field(ge=0, lt=2**62)]
Words = Annotated[str, Field(max_length=4096)]


class Options(BaseModel):
    """A frozen table of options: unknown keys, wrong types, NaN and infinities are errors.

    Every number has bounds, and every text and array a greatest length (a test asks each field):
    what is refused here never comes to memory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
