"""Templates that operators write: what they may say, and that a mistake is told with its place."""

from pathlib import Path

import pytest

from dastak.app.settings import SettingsError, read_settings
from dastak.app.video_kyc_templates import read_templates
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.template import (
    AGENT_TEMPLATES,
    DEFAULT_AGENT_TEMPLATE,
    DEFAULT_USER_TEMPLATE,
    USER_TEMPLATES,
    DetailField,
    Step,
    Templates,
)

GOOD = """
[user.short]
steps = ["details", "video_call"]
fields = [
    { name = "city", label = "Town or village", limit = 60 },
    { name = "purpose", label = "What is the account for?", choices = ["Savings", "Salary"] },
]

[agent.bank]
question_bank = ["Where were you born?", "What is your mother's name?"]
questions_asked = 1
challenges = ["smile", "turn_left"]
stills = ["face"]
reject_reasons = ["Not the person", "Other"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "templates.toml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_said_counts_and_the_rest_is_as_in_the_contract_s_own(tmp_path: Path) -> None:
    (user,), (agent,) = read_templates(written(tmp_path, GOOD))
    assert user.name == "short"
    assert user.steps == (Step.DETAILS, Step.VIDEO_CALL)
    assert user.fields == (
        DetailField("city", "Town or village", (), 60),
        DetailField("purpose", "What is the account for?", ("Savings", "Salary")),
    )
    own = AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE]
    assert agent.question_bank == ("Where were you born?", "What is your mother's name?")
    assert (agent.questions_asked, agent.challenges_asked) == (1, min(own.challenges_asked, 2))
    assert agent.stills == (StillKind.FACE,)
    assert agent.reject_reasons == ("Not the person", "Other")
    assert agent.audit_reasons == own.audit_reasons


def test_an_empty_file_and_an_empty_template_are_fine(tmp_path: Path) -> None:
    assert read_templates(written(tmp_path, "")) == ([], [])
    (user,), (agent,) = read_templates(written(tmp_path, "[user.mine]\n[agent.mine]"))
    assert user.fields == USER_TEMPLATES[DEFAULT_USER_TEMPLATE].fields
    assert agent.reject_reasons == AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE].reject_reasons


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agent = 3", "agent: must hold tables"),
        ("agent.bank = 3", "agent: must hold tables"),
        ("[bank]", "the file: has no bank"),
        ('[agent."a b"]', "agent.a b: a name has letters"),
        ("[agent.bank]\ncolour = 1", "agent.bank: has no colour"),
        ("[agent.bank]\nreject_reasons = []", "agent.bank.reject_reasons: must be a list of texts"),
        ('[agent.bank]\nreject_reasons = ["a", "a"]', "the same text twice"),
        ('[agent.bank]\nreject_reasons = ["a\\nb"]', "must be a text on one line"),
        ('[agent.bank]\nreject_reasons = ["   "]', "must be a text on one line"),
        ('[agent.bank]\nchallenges = ["blink"]', "there is no blink; choose of turn_left"),
        ('[agent.bank]\nstills = ["passport"]', "there is no passport; choose of pan, face"),
        ('[agent.bank]\nquestion_bank = ["a"]\nquestions_asked = 2', "whole number from 1 to 1"),
        ("[agent.bank]\nquestions_asked = true", "whole number from 1 to 7"),
        ('[user.mine]\nsteps = ["details"]', "video_call is always one"),
        ('[user.mine]\nsteps = ["video_call", "details"]', "in this order"),
        ("[user.mine]\nfields = 3", "user.mine.fields: must be a list of tables"),
        ('[user.mine]\nfields = ["a"]', "user.mine.fields[0]: must look like"),
        ('[user.mine]\nfields = [{ name = "a b", label = "x" }]', "user.mine.fields[0].name"),
        ('[user.mine]\nfields = [{ name = "a" }]', "user.mine.fields[0].label"),
        ('[user.mine]\nfields = [{ name = "a", label = "x", limit = 0 }]', "user.mine.fields[0].limit"),
        ('[user.mine]\nfields = [{ name = "a", label = "x" }, { name = "a", label = "y" }]', "the same name"),
        ("[user", "the file is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place_when_the_settings_are_read(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read_settings({"DASTAK_VIDEO_KYC_TEMPLATES": str(path)})
    (fault,) = caught.value.faults
    assert fault.startswith("DASTAK_VIDEO_KYC_TEMPLATES: ")
    assert said in fault


def test_a_file_that_is_no_text_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="cannot be read"):
        read_templates(path)


def test_a_case_whose_template_was_taken_out_of_the_file_goes_on_with_the_first(tmp_path: Path) -> None:
    templates = Templates(AGENT_TEMPLATES.values())
    _, agents = read_templates(written(tmp_path, GOOD))
    templates.add(agents)
    assert templates["bank"].stills == (StillKind.FACE,)
    assert templates["no_longer_there"].name == DEFAULT_AGENT_TEMPLATE
    assert templates.get("no_longer_there") is None
