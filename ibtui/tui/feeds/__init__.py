"""Where the frames on the screen come from: a run in training, or a saved one."""
