"""What `dastak check` found, for machines: JSON, and JUnit's XML for CI.

In: findings. Out: text. Called by `dastak check`.
"""

import json
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from dastak.cli.desk.checking import Finding, State

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(url: str, findings: Sequence[Finding]) -> str:
    """One object, with a row for each probe."""
    rows = [
        {
            "code": one.probe.code,
            "state": one.state.value,
            "sent": one.probe.sent,
            "wanted": one.probe.wanted.value,
            "said": one.said,
            "seconds": round(one.seconds, 3),
            "means": one.probe.means if one.state is State.FAILED else None,
            "mend": one.probe.mend if one.state is State.FAILED else None,
        }
        for one in findings
    ]
    return json.dumps({"url": url, "right": is_right(findings), "probes": rows})


def as_junit(findings: Sequence[Finding]) -> str:
    """One suite, with a case for each probe."""
    counts = {state: sum(one.state is state for one in findings) for state in State}
    cases = "".join(_case(one) for one in findings)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites><testsuite name="dastak check" tests="{len(findings)}" failures="{counts[State.FAILED]}" '
        f'errors="0" skipped="{counts[State.SKIPPED]}">\n{cases}</testsuite></testsuites>\n'
    )


def is_right(findings: Sequence[Finding]) -> bool:
    """Whether no probe failed."""
    return all(one.state is not State.FAILED for one in findings)


def _case(one: Finding) -> str:
    opened = f'  <testcase classname="dastak.check" name={quoteattr(one.probe.code)} time="{one.seconds:.3f}"'
    if one.state is State.PASSED:
        return f"{opened}/>\n"
    said = _NOT_XML.sub("", one.said)
    if one.state is State.SKIPPED:
        return f"{opened}><skipped message={quoteattr(said)}/></testcase>\n"
    text = escape(_NOT_XML.sub("", f"Sent: {one.probe.sent}\n{one.probe.means}\nMend: {one.probe.mend}"))
    return f"{opened}><failure message={quoteattr(said)}>{text}</failure></testcase>\n"
