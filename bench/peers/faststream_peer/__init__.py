"""The job on FastStream and SQLAlchemy's asyncio.

Tuned as their documentation advises: uvloop, a prefetch count on the channel, no logging of each message,
orjson where bodies are read, asyncpg with one pool a process, the events of a group published together.
"""
