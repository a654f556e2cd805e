"""One event, or one call, and what it changes."""
