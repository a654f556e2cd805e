"""How Trivsel is put to run: on one's own machine (`local`), and as an image elsewhere."""
