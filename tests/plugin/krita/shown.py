"""Runs with Qt alone: fills the docker's widgets with a text, and prints what Qt makes of it.

`shown.py TEXT`: a JSON object, the labels' formats and all tooltips.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

sys.modules["pykrita"] = ModuleType("pykrita")  # Krita's own modules are not needed here
krita = ModuleType("krita")
sys.modules["krita"] = krita
krita.__getattr__ = lambda name: type(name, (), {})  # type: ignore[method-assign]

from PyQt5 import QtGui, QtWidgets  # noqa: E402

from flexit.client import FlexITError  # noqa: E402
from flexit.krita.engine_watch import EngineFacts  # noqa: E402
from flexit.krita.form import Form  # noqa: E402
from flexit.krita.widgets.amount_row import AmountRow  # noqa: E402
from flexit.krita.widgets.engine_line import EngineLine  # noqa: E402
from flexit.krita.widgets.message import MessageBox  # noqa: E402
from flexit.krita.widgets.preview_box import PreviewBox  # noqa: E402
from flexit.krita.widgets.results import ResultList  # noqa: E402
from flexit.krita.widgets.run_row import RunRow  # noqa: E402
from flexit.model import Choices  # noqa: E402


def main(text: str) -> None:
    application = QtWidgets.QApplication(["shown", "-platform", "offscreen"])
    form, line, message, results = Form(), EngineLine(), MessageBox(), ResultList()
    form.fill(Choices(target=text, source=text, profile=text))
    form.details.offer_profiles([(text, text, False)])
    worker = {"state": "idle", "device": text}
    line.tell(EngineFacts(running=True, workers=(worker,)), changing=False)
    message.tell(FlexITError(text, text, text), resumable=False)
    outcome = SimpleNamespace(image=QtGui.QImage(8, 8, QtGui.QImage.Format_RGB32), name=text)
    outcome.choices = SimpleNamespace(seed=1)
    results.fill([outcome])  # type: ignore[list-item]
    parts = [form, line, message, results, RunRow(), AmountRow(), PreviewBox("x", text)]
    widgets = [each for part in parts for each in (part, *part.findChildren(QtWidgets.QWidget))]
    labels = [each for each in widgets if isinstance(each, QtWidgets.QLabel)]
    tips = [each.toolTip() for each in widgets]
    tips += [results.list.item(0).toolTip(), form.details.profile.itemData(0, 3)]
    shown = {
        "formats": [int(label.textFormat()) for label in labels],
        "tips": [tip for tip in tips if tip],
        "texts": [label.text() for label in labels],
    }
    print(json.dumps(shown))  # noqa: T201
    application.quit()


main(sys.argv[1])
