"""Routes of setting up.

In: the door, and what the pages work on. Out: routes to mount.
"""

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, file_form, form, page
from dastak.web.dashboard.setup.company import CompanyPages
from dastak.web.dashboard.setup.keys import KeyPages
from dastak.web.dashboard.setup.look import UPLOAD_LIMIT
from dastak.web.dashboard.setup.messages import MessagePages
from dastak.web.dashboard.setup.operators import OperatorPages
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.static_links import StaticLinkPages
from dastak.web.dashboard.setup.tabs import (
    COMPANY,
    KEYS,
    MESSAGES,
    OPERATORS,
    SETUP,
    STATIC_LINKS,
    TEMPLATES,
    show_setup,
)
from dastak.web.dashboard.setup.templates import TemplatePages


def setup_routes(door: Door, room: SetupRoom) -> list[DashboardRoute]:
    """All of them."""
    return [
        page(door, SETUP, show_setup, Action.SETUP_READ),
        *_key_routes(door, KeyPages(room.keys)),
        *_template_routes(door, TemplatePages(room)),
        *_static_link_routes(door, StaticLinkPages(room)),
        *_operator_routes(door, OperatorPages(room)),
        *_message_routes(door, MessagePages(room)),
        *_company_routes(door, CompanyPages(room)),
    ]


def _key_routes(door: Door, pages: KeyPages) -> list[DashboardRoute]:
    one = f"{KEYS}/{{client_id}}"
    return [
        page(door, KEYS, pages.show_all, Action.KEYS_READ),
        form(door, KEYS, pages.create, Action.KEYS_WRITE),
        page(door, one, pages.show_one, Action.KEYS_READ),
        form(door, f"{one}/rotate", pages.rotate, Action.KEYS_WRITE),
        form(door, f"{one}/sign", pages.sign, Action.KEYS_WRITE),
        form(door, f"{one}/label", pages.label, Action.KEYS_WRITE),
        form(door, f"{one}/revoke", pages.revoke, Action.KEYS_WRITE),
    ]


def _template_routes(door: Door, pages: TemplatePages) -> list[DashboardRoute]:
    one = f"{TEMPLATES}/{{name}}"
    return [
        page(door, TEMPLATES, pages.show_all, Action.SETUP_READ),
        form(door, TEMPLATES, pages.create, Action.SETUP_WRITE),
        page(door, one, pages.show_one, Action.SETUP_READ),
        form(door, one, pages.save, Action.SETUP_WRITE),
        page(door, f"{one}/preview", pages.preview, Action.SETUP_READ),
        form(door, f"{one}/preview", pages.preview_typed, Action.SETUP_READ),
        file_form(door, f"{one}/logo", pages.upload, Action.SETUP_WRITE, UPLOAD_LIMIT),
        form(door, f"{one}/remove-logo", pages.remove_logo, Action.SETUP_WRITE),
        form(door, f"{one}/remove", pages.remove, Action.SETUP_WRITE),
    ]


def _static_link_routes(door: Door, pages: StaticLinkPages) -> list[DashboardRoute]:
    one = f"{STATIC_LINKS}/{{name}}"
    return [
        page(door, STATIC_LINKS, pages.show_all, Action.SETUP_READ),
        form(door, STATIC_LINKS, pages.open, Action.SETUP_WRITE),
        page(door, f"{one}/code.{{kind}}", pages.picture, Action.SETUP_READ),
        form(door, f"{one}/close", pages.close, Action.SETUP_WRITE),
    ]


def _operator_routes(door: Door, pages: OperatorPages) -> list[DashboardRoute]:
    one = f"{OPERATORS}/{{operator_id}}"
    return [
        page(door, OPERATORS, pages.show_all, Action.OPERATORS_READ),
        form(door, OPERATORS, pages.create, Action.OPERATORS_WRITE),
        page(door, one, pages.show_one, Action.OPERATORS_READ),
        form(door, one, pages.save, Action.OPERATORS_WRITE),
        form(door, f"{one}/week", pages.save_week, Action.OPERATORS_WRITE),
        form(door, f"{one}/deactivate", pages.deactivate, Action.OPERATORS_WRITE),
        form(door, f"{one}/activate", pages.activate, Action.OPERATORS_WRITE),
    ]


def _message_routes(door: Door, pages: MessagePages) -> list[DashboardRoute]:
    one = f"{MESSAGES}/{{kind}}"
    return [
        page(door, MESSAGES, pages.show_all, Action.SETUP_READ),
        page(door, one, pages.show_one, Action.SETUP_READ),
        form(door, one, pages.save, Action.SETUP_WRITE),
        form(door, f"{one}/reset", pages.reset, Action.SETUP_WRITE),
    ]


def _company_routes(door: Door, pages: CompanyPages) -> list[DashboardRoute]:
    return [
        page(door, COMPANY, pages.show, Action.SETUP_READ),
        form(door, COMPANY, pages.save, Action.SETUP_WRITE),
        page(door, f"{COMPANY}/preview", pages.preview, Action.SETUP_READ),
        form(door, f"{COMPANY}/preview", pages.preview_typed, Action.SETUP_READ),
        file_form(door, f"{COMPANY}/logo", pages.upload, Action.SETUP_WRITE, UPLOAD_LIMIT),
        form(door, f"{COMPANY}/remove-logo", pages.remove_logo, Action.SETUP_WRITE),
        form(door, f"{COMPANY}/zone", pages.save_zone, Action.SETUP_WRITE),
    ]
