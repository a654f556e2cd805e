"""The whole house on one machine: a private broker, a private database server, one process a service."""
