"""A mail server and mailbox for one machine: what Trivsel sends can be looked at, and goes no further.

``python -m deploy.local.mailbox --smtp-port 2525 --http-port 8025 --folder .run/mailbox`` takes mail for
anybody over SMTP, keeps it in an SQLite file, and shows it on a page. Both listen on 127.0.0.1 only.
"""
