"""What Krita imports. The package itself lies in `lib`, where no other plug-in's modules are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib"))

from flexit.krita import register

register()
