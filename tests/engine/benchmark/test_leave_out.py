"""Leave one out: a network that judges tells the shipped ones nothing, not even what is there."""

from __future__ import annotations

import pytest
import torch

from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.worker import _editor
from flexit_engine.errors import UsageError
from flexit_engine.flexit.objective import open_source, read
from flexit_engine.flexit.query import parse_query


def test_queries_are_read_without_the_network_that_is_left_out() -> None:
    whole = _editor(MethodSpec(name="all"), "cpu")
    editor = _editor(MethodSpec(name="two", leave_out=("lite2",)), "cpu")
    encoders = list(editor.networks.encoders)
    assert len(encoders) == len(whole.networks.encoders) - 1
    assert "lite2" not in [encoder.name for encoder in encoders]
    torch.manual_seed(0)
    source = open_source(torch.rand(1, 3, 160, 160), editor.networks, editor.settings())
    (reading,) = read([parse_query("cat", "fox")], source, editor.networks)
    assert len(reading.queries) == len(reading.weights) == len(encoders)
    assert sum(reading.weights) == pytest.approx(1)


def test_networks_that_cannot_be_read_alone_are_refused() -> None:
    with pytest.raises(UsageError, match="no more"):
        _editor(MethodSpec(name="none", leave_out=("lite0", "lite1", "lite2")), "cpu")
