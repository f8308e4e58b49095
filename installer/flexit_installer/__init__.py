"""Puts FlexIT on a user's machine and takes it away again: editors, engine, weights.

Nothing here imports torch: what needs it runs as a process of the engine's own environment.
"""
