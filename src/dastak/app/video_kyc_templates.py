"""Templates of Video KYC that the operator of a server writes, in TOML.

In: a file. Out: user templates and agent templates, checked in every detail; or a `ValueError` that names the place and
says what may stand there. What a template does not say is as in the contract's own template.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.template import (
    AGENT_TEMPLATES,
    DEFAULT_AGENT_TEMPLATE,
    DEFAULT_USER_TEMPLATE,
    USER_TEMPLATES,
    AgentTemplate,
    DetailField,
    Step,
    UserTemplate,
)

LONGEST_TEXT = 200
"""Characters of a question, a reason, a label."""
MOST = 40
"""Entries of a list."""
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_CHALLENGES = AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE].challenges


def read_templates(path: Path) -> tuple[list[UserTemplate], list[AgentTemplate]]:
    """The file's templates. Raises `ValueError`."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise ValueError("the file cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the file is not TOML: {error}") from None
    _only(said, ("user", "agent"), "the file")
    users = [_user(name, one) for name, one in _tables(said, "user")]
    agents = [_agent(name, one) for name, one in _tables(said, "agent")]
    return users, agents


def _tables(said: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    tables = said.get(kind, {})
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise ValueError(f"{kind}: must hold tables such as [{kind}.my_template]")
    for name in tables:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{kind}.{name}: a name has letters, digits and underscores, 64 at most")
    return list(tables.items())


def _user(name: str, said: Mapping[str, Any]) -> UserTemplate:
    where = f"user.{name}"
    _only(said, ("steps", "fields"), where)
    template = replace(USER_TEMPLATES[DEFAULT_USER_TEMPLATE], name=name)
    if "steps" in said:
        steps = _some_of(said["steps"], tuple(Step), f"{where}.steps")
        if steps[-1] != Step.VIDEO_CALL or list(steps) != [step for step in Step if step in steps]:
            raise ValueError(f"{where}.steps: details, aadhaar, video_call in this order, and video_call is always one")
        template = replace(template, steps=tuple(Step(step) for step in steps))
    if "fields" in said:
        given = said["fields"]
        if not isinstance(given, list) or not 0 < len(given) <= MOST:
            raise ValueError(f"{where}.fields: must be a list of tables, 1 to {MOST}")
        found = tuple(_field(one, f"{where}.fields[{index}]") for index, one in enumerate(given))
        if len({one.name for one in found}) < len(found):
            raise ValueError(f"{where}.fields: two have the same name")
        template = replace(template, fields=found)
    return template


def _field(said: Any, where: str) -> DetailField:
    if not isinstance(said, dict):
        raise ValueError(f'{where}: must look like {{ name = "city", label = "City" }}')  # noqa: TRY004 - of the file
    _only(said, tuple(one.name for one in fields(DetailField)), where)
    name = said.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise ValueError(f"{where}.name: letters, digits and underscores, 64 at most")
    choices = _texts(said["choices"], f"{where}.choices") if "choices" in said else ()
    limit = _whole(said.get("limit", 100), 1, 1000, f"{where}.limit")
    return DetailField(name, _text(said.get("label"), f"{where}.label"), choices, limit)


def _agent(name: str, said: Mapping[str, Any]) -> AgentTemplate:
    where = f"agent.{name}"
    lists = {"question_bank": None, "reject_reasons": None, "audit_reasons": None, "challenges": _CHALLENGES}
    _only(said, (*lists, "questions_asked", "challenges_asked", "stills"), where)
    given: dict[str, Any] = {}
    for key, known in lists.items():
        if key in said:
            place = f"{where}.{key}"
            given[key] = _texts(said[key], place) if known is None else _some_of(said[key], known, place)
    if "stills" in said:
        kinds = _some_of(said["stills"], tuple(StillKind), f"{where}.stills")
        given["stills"] = tuple(StillKind(kind) for kind in kinds)
    template = replace(AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE], name=name, **given)

    def asked(key: str, usual: int, of: int) -> int:
        return _whole(said.get(key, min(usual, of)), 1, of, f"{where}.{key}")

    return replace(
        template,
        questions_asked=asked("questions_asked", template.questions_asked, len(template.question_bank)),
        challenges_asked=asked("challenges_asked", template.challenges_asked, len(template.challenges)),
    )


def _only(said: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    strangers = sorted(set(said) - set(known))
    if strangers:
        raise ValueError(f"{where}: has no {strangers[0]}; what it can have: {', '.join(known)}")


def _some_of(said: Any, known: tuple[str, ...], where: str) -> tuple[str, ...]:
    found = _texts(said, where)
    strangers = [one for one in found if one not in known]
    if strangers:
        raise ValueError(f"{where}: there is no {strangers[0]}; choose of {', '.join(known)}")
    return found


def _texts(said: Any, where: str) -> tuple[str, ...]:
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise ValueError(f"{where}: must be a list of texts, 1 to {MOST}")
    found = tuple(_text(one, where) for one in said)
    if len(set(found)) < len(found):
        raise ValueError(f"{where}: the same text twice")
    return found


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str) or not said.strip() or len(said) > LONGEST_TEXT or not said.isprintable():
        raise ValueError(f"{where}: must be a text on one line, {LONGEST_TEXT} characters at most")
    return said.strip()


def _whole(said: Any, least: int, most: int, where: str) -> int:
    if type(said) is not int or not least <= said <= most:
        raise ValueError(f"{where}: must be a whole number from {least} to {most}")
    return said
