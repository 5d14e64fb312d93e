"""What every error answer has in common."""

from support.api import Answer

TYPES = {
    400: {"validation_error"},
    401: {"authentication_error"},
    404: {"not_found_error", "validation_error"},
    405: {"validation_error"},
    409: {"validation_error"},
    413: {"validation_error"},
    422: {"validation_error"},
    429: {"rate_limit_error"},
}


def assert_refused(answer: Answer, status: int, code: str) -> None:
    """The contract's shape, with that status and code."""
    assert (answer.status, answer.json.get("code")) == (status, code), answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["type"] in TYPES[status]
    assert set(answer.json) <= {"type", "code", "message", "error"}
    assert answer.json["message"]
