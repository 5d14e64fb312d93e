"""Whatever is set up at the dashboard is in the audit log, with who did it."""

import pytest

from dastak.accounts.deed import Deed, words_of
from integration.dashboard.conftest import Members
from support.dashboard import Visitor

pytestmark = pytest.mark.slow

SETUP = "/dashboard/setup"
PAN = "PANDETAILS_VERIFICATION"


def noted(visitor: Visitor, deed: Deed, subject: str) -> bool:
    visitor.go(f"/dashboard/audit?deed={deed}")
    return f"{words_of(deed)}</td>" in visitor.text and subject in visitor.text


def test_every_change_of_a_key_is_noted(member: Members) -> None:
    owner = member()
    owner.go(f"{SETUP}/keys")
    owner.submit(f"{SETUP}/keys", label="Noted")
    client_id = owner.text.partition('id="client-id">')[2].partition("<")[0]
    key = f"{SETUP}/keys/{client_id}"
    owner.go(key)
    owner.submit(f"{key}/label", label="Renamed")
    owner.submit(f"{key}/rotate", overlap="1")
    owner.go(key)
    owner.submit(f"{key}/revoke", sure="yes")
    for deed in (Deed.KEY_MADE, Deed.KEY_NAMED, Deed.KEY_ROTATED, Deed.KEY_REVOKED):
        assert noted(owner, deed, client_id), deed
    assert "dks_" not in owner.text


def test_every_change_of_a_template_and_its_static_link_is_noted(member: Members) -> None:
    owner = member()
    owner.go(f"{SETUP}/templates")
    owner.submit(f"{SETUP}/templates", name="Noted")
    owner.submit(f"{SETUP}/templates/Noted", check_1=PAN)
    owner.go(f"{SETUP}/static-links")
    owner.submit(f"{SETUP}/static-links", template="Noted")
    owner.submit(f"{SETUP}/static-links/Noted/close")
    owner.go(f"{SETUP}/templates/Noted")
    owner.submit(f"{SETUP}/templates/Noted/remove", sure="yes")
    deeds = (Deed.TEMPLATE_MADE, Deed.TEMPLATE_CHANGED, Deed.TEMPLATE_REMOVED)
    for deed in (*deeds, Deed.STATIC_LINK_OPENED, Deed.STATIC_LINK_CLOSED):
        assert noted(owner, deed, "Noted"), deed


def test_every_change_of_an_operator_is_noted_without_their_address(member: Members) -> None:
    owner = member()
    owner.go(f"{SETUP}/operators")
    owner.submit(f"{SETUP}/operators", name="Noted", email="noted@asha.example", role_agent="yes")
    path = owner.at.partition("?")[0]
    owner.submit(path, name="Noted Two", role_agent="yes")
    owner.submit(f"{path}/deactivate", sure="yes")
    owner.submit(f"{path}/activate")
    deeds = (Deed.OPERATOR_ADDED, Deed.OPERATOR_CHANGED, Deed.OPERATOR_DEACTIVATED, Deed.OPERATOR_ACTIVATED)
    for deed in deeds:
        assert noted(owner, deed, path.rpartition("/")[2]), deed
        assert "noted@asha.example" not in owner.text


def test_what_was_refused_is_not_noted(member: Members) -> None:
    owner = member()
    owner.go(f"{SETUP}/templates")
    owner.submit(f"{SETUP}/templates", name="not a name")
    assert not noted(owner, Deed.TEMPLATE_MADE, "not a name")
