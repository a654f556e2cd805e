"""A child with a concern changes institution, from the form to its receipt, in a house of its own."""
