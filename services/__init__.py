"""Trivsel's services. Each package below owns its data and speaks to the others by events alone."""
