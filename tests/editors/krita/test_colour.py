"""Requirement 3: every colour model, depth and profile."""

from __future__ import annotations

import pytest

from .host import Krita
from .watched import WatchedEngine

COARSE = {"ClayRGB-elle-V2-g22.icc": 2}
"""Levels of 255 by which 8 bits of a profile are coarser than those of sRGB."""
SPACES = [
    ("RGBA", "U8", ""),
    ("RGBA", "U8", "sRGB-elle-V2-g10.icc"),
    ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
    ("RGBA", "U16", ""),
    ("RGBA", "U16", "Rec2020-elle-V4-g10.icc"),
    ("RGBA", "F16", ""),
    ("RGBA", "F32", ""),
    ("RGBA", "F32", "sRGB-elle-V2-srgbtrc.icc"),
    ("GRAYA", "U8", ""),
    ("GRAYA", "U16", ""),
    ("CMYKA", "U8", ""),
    ("LABA", "U16", ""),
    ("XYZA", "F32", ""),
]


@pytest.mark.parametrize(
    ("model", "depth", "profile", "visible"),
    [(*space, False) for space in SPACES] + [(*space, True) for space in SPACES[2::4]],
)
def test_3_colours_come_back_as_they_were(
    krita: Krita, engine: WatchedEngine, model: str, depth: str, profile: str, visible: bool
) -> None:
    found = krita.run(
        "colours:unchanged", model=model, depth=depth, profile=profile, visible=visible
    )
    assert found["error"] is None
    assert found["layers"] == 2
    assert found["space"] == found["wanted"]
    assert found["off_own"] <= 4, "it is what Krita makes of these colours"
    # The two directions of Krita's CMYK profile are no exact inverses.
    assert model == "CMYKA" or found["off"] <= COARSE.get(profile, 1)
    assert found["documents"] == 1
    assert found["undo"] == "Undo Add Layer"
    assert engine.sent[0].image.dtype == ("uint8" if depth == "U8" else "uint16")
