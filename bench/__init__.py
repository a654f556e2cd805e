"""How fast the house is, beside two peers and the limit: `make bench`. docs/performance.md has the method."""
