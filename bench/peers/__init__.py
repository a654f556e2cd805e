"""The same job written in two other ways, each as its own documentation advises: what others would build.

The job: joint ratings come in groups of 20 by a call; each becomes a row, with a concern; `concern.raised`
is published for each; one service writes a meeting, another a notice for each custody holder. All is
committed in PostgreSQL, in a database for each service; each service is one process.
"""
