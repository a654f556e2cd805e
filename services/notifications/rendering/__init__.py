"""From facts to what a parent reads: languages, dates, texts, letters, calendar files.

Nothing here touches the database, the broker or the mail server.
"""
