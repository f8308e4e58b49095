#!/usr/bin/env python3
"""What GIMP starts; it is installed as `plug-ins/flexit/flexit.py`, with the package beside it.

GIMP wants a plug-in's file to have the name of its folder, and so this file and the package are
namesakes. `import flexit` finds the package: Python looks for packages before it looks for modules.
"""

import sys

from flexit.gimp.plugin import main

main(sys.argv)
