"""The limit: the same rows and the same messages with nothing between us and the wires.

Three processes as in the chain. No call, no schema, no session, no outbox, no inbox: py-amqp under kombu with
pipelined confirms, psycopg with one statement for each table and batch. Whatever does more cannot be faster.
"""
