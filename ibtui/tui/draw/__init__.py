"""Pictures out of characters: rasters, charts, axes, colours, names."""
