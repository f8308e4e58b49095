"""FlexIT in GIMP 3: procedures, and a dialog that stays open.

Everything here runs in a process of its own that GIMP starts for each call and ends for each
cancel. All calls to GIMP, GEGL and GTK come from its main thread.
"""

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Gtk", "3.0")
