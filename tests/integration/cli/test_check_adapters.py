"""The adapters of dastak-sdk pass `dastak check`, each in its own framework behind its own server."""

import time

import pytest

from dastak.cli.desk.checking import State, run
from dastak.cli.desk.made_up import journey
from dastak.cli.desk.probe_table import PROBES
from dastak.cli.desk.probes import MEGABYTE, Bench
from dastak.cli.desk.sending import target
from dastak.cli.desk.signer import signer
from integration.kit.merchant import LIMIT, SECRET
from integration.kit.sites import NAMES, serving

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_fails_nothing_but_the_limit_that_it_was_given(name: str) -> None:
    bench = Bench(signer([SECRET]), (), journey(7, None, SECRET), time.time)
    with serving(name) as (port, path):
        findings = list(run(target(f"http://127.0.0.1:{port}{path}"), bench, PROBES, 5))
    assert LIMIT < MEGABYTE
    assert {one.probe.code: one.said for one in findings if one.state is State.FAILED}.keys() == {"large_body"}
