"""The one process that imports torch: it takes orders on stdin and reports on stdout.

`messages` says what is said, `channel` carries it, `duty` does it; `pictures` and `trail` know the
files of an edit's folder.
"""
