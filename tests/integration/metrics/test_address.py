"""Where a worker can be watched."""

from __future__ import annotations

import socket
from urllib.request import urlopen

import pytest

from opsflow.app import Opsflow
from opsflow.metrics import Endpoint


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_worker_is_watched_at_an_ipv6_address_too(flow: Opsflow) -> None:
    with Endpoint("::1", 0, flow.require_ready, flow.measure()) as endpoint:
        assert endpoint.address.startswith("[::1]:")
        with urlopen(f"http://{endpoint.address}/ready") as answer:
            assert answer.status == 200
