"""Assessment's rules. Pure: no I/O, no clock; the caller passes the day in."""
