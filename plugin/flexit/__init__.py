"""FlexIT inside the editors: edit a picture by two texts, in Krita and GIMP.

All of it runs in the editors' own interpreters: Python 3.8 syntax, the standard library, and the
editor's modules. What does the work is another process, reached through `flexit.client`.
"""

__version__ = "0.1.0"
