"""What the commands of `flexit` do, one module each, and what they share.

Nothing here imports torch before a command's arguments have been checked.
"""
