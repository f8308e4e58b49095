"""FlexIT: edit a picture by two texts (Couairon et al., CVPR 2022)."""

__version__ = "0.1.0"
