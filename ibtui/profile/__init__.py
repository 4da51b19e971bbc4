"""A profile: one experiment as a TOML file. The classes, and reading, changing and writing them."""

from ibtui.profile.files import (
    Profiles,
    load_profile,
    load_profiles,
    parse_profile,
    parse_profiles,
    text_of,
)
from ibtui.profile.measure import Measure
from ibtui.profile.model import (
    Convolution,
    Network,
    Pooling,
    Profile,
    Quantization,
    Training,
    to_table,
    to_toml,
    validate,
)
from ibtui.profile.recorded import Probe, Recorded, recorded, validate_recorded

__all__ = [
    "Convolution",
    "Measure",
    "Network",
    "Pooling",
    "Probe",
    "Profile",
    "Profiles",
    "Quantization",
    "Recorded",
    "Training",
    "load_profile",
    "load_profiles",
    "parse_profile",
    "parse_profiles",
    "recorded",
    "text_of",
    "to_table",
    "to_toml",
    "validate",
    "validate_recorded",
]
