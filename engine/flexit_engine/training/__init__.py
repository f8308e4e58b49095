"""How the networks of profile `mini` are made; `docs/mini-networks.md` has the recipe."""
