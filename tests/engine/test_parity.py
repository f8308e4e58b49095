"""The released code's recorded runs, repeated: see tests/reference/README.md."""

from typing import Any

import numpy as np
import pytest
import torch

from flexit_engine.flexit.objective import aim, open_source
from flexit_engine.flexit.optimise import Step, optimise
from flexit_engine.flexit.query import parse_query
from flexit_engine.networks.interfaces import Networks
from tests.engine.conftest import FOLDER
from tests.engine.reference import networks_of, read_cases, read_input, settings_of

CASES = read_cases(FOLDER)
EXACT_STEPS = 4
"""After these, rounding makes runs drift apart, those of the released code too."""
EXACT = 2e-5
DRIFTED = {"three-nets-l1": 2e-4}
"""Allowed at the last exact step where 2e-5 cannot be held on every processor.

Rounding grows tenfold a step here. With other kernels (SSE4.1, AVX2, AVX-512, with and without
folded norms, float64 throughout) this case lands 3e-5 to 1.3e-4 above the recording, while two
implementations on one processor agree to 5e-6.
"""


class Run:
    """One recorded case, run by this project."""

    def __init__(self, case: dict[str, Any], networks: Networks) -> None:
        self.networks = networks_of(case, networks)
        self.settings = settings_of(case)
        image = read_input(FOLDER, case["settings"]["img_size"])
        self.source = open_source(image, self.networks, self.settings)
        queries = [parse_query(case["source"], case["target"])]
        self.target = aim(self.source, queries, self.networks.encoders, self.settings)
        # recorded is what each step starts from, so the last step's own value is not
        run = optimise(self.source, self.target, self.networks, self.settings, seeds=[0])
        *self.steps, self.last = run

    def history(self, name: str) -> list[float]:
        if name == "loss_lpips" and not self.settings.perceptual_weight:
            return [self._lpips(step) for step in self.steps]
        term = {
            "loss": "total",
            "loss_z": "latent",
            "loss_clip": "embedding",
            "loss_lpips": "perceptual",
        }
        return [getattr(step.losses, term[name]).item() for step in self.steps]

    def _lpips(self, step: Step) -> float:
        network = self.networks.perceptual
        return network.distance(network.features(step.image), self.source.features).item()


@pytest.fixture(scope="module", params=CASES, ids=[case["name"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


@pytest.fixture(scope="module")
def run(case: dict[str, Any], reference_networks: Networks) -> Run:
    return Run(case, reference_networks)


def test_target_points(case: dict[str, Any], run: Run) -> None:
    for encoder, point in zip(run.networks.encoders, run.target.points, strict=True):
        expected = torch.tensor([case["expected"]["target_points"][encoder.name]])
        torch.testing.assert_close(point, expected, rtol=0, atol=1e-6)


def test_first_latent(case: dict[str, Any], run: Run) -> None:
    assert run.source.latent.norm().item() == pytest.approx(case["expected"]["z0_norm"], rel=1e-6)


@pytest.mark.parametrize("term", ["loss", "loss_z", "loss_clip", "loss_lpips"])
def test_losses(case: dict[str, Any], run: Run, term: str) -> None:
    expected = np.array(case["expected"]["history"][term])
    found = np.array(run.history(term))
    assert len(found) == len(expected) == case["settings"]["steps"]
    error = np.abs(found - expected)
    assert error[: EXACT_STEPS - 1].max() <= EXACT
    assert error[EXACT_STEPS - 1] <= DRIFTED.get(case["name"], EXACT)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.1)


def test_final_picture(case: dict[str, Any], run: Run) -> None:
    expected = np.load(FOLDER / case["expected"]["final_image"])
    found = run.last.image[0].numpy()
    assert found.shape == expected.shape
    # a run that drifted is still the same edit: far closer to the recorded one than to its start
    start = run.steps[0].image[0].numpy()
    assert np.abs(found - expected).mean() < np.abs(start - expected).mean() / 2
    assert found.mean() == pytest.approx(case["expected"]["final_image_mean"], abs=0.02)
