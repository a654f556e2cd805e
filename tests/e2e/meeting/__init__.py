"""A meeting from planning to minutes, in a house of its own, with agendas as they come and links unused."""
