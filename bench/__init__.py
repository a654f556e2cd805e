"""How fast the house is, beside two peers and the limit. `make bench`; the method is in docs/performance.md."""
