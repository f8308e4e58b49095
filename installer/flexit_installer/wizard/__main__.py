"""`python -m flexit_installer.wizard` is `flexit-setup`."""

import sys

from flexit_installer.wizard import main

sys.exit(main())
