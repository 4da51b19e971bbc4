"""The form that sets up a profile, and what a run of it will cost."""
