"""The demonstration: a whole round through the real doors, and a check of all that came of it."""
