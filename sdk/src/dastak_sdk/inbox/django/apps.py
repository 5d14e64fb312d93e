"""The Django app of the inbox.

In: `dastak_sdk.inbox.django` in `INSTALLED_APPS`. Out: its migrations and its models, under the label `dastak_inbox`.
"""

from django.apps import AppConfig


class InboxConfig(AppConfig):  # type: ignore[misc] # Django has no types
    """Named in migrations and in the admin."""

    name = "dastak_sdk.inbox.django"
    label = "dastak_inbox"
    verbose_name = "Webhook inbox"
    default_auto_field = "django.db.models.BigAutoField"
