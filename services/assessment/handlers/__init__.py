"""What assessment does when it is called. Plain functions: one command, one unit of work."""
