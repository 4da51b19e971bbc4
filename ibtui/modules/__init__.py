"""Torch modules of others: hooks on their layers. Importing this loads no torch; hooks do."""
