"""The screens: the laboratory, the runs folder, the comparison, help and dialogs."""
