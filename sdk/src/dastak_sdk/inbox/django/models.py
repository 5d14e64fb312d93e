"""The tables of the inbox as models, to look at: in the admin, in a shell, in a report. The inbox itself writes them.

In: nothing. Out: three models over the tables of `schema`; a test holds that they agree.
"""

from django.db import models


class InboxEvent(models.Model):  # type: ignore[misc] # Django has no types
    """One event that was received; `record.Record` says what the fields mean."""

    key = models.TextField(primary_key=True)
    digest = models.TextField()
    event_id = models.TextField(null=True, unique=True)  # noqa: DJ001 - unique, and absent is not ""
    lane = models.TextField()
    sequence = models.BigIntegerField(null=True)
    event_type = models.TextField()
    raw = models.TextField()
    received_at = models.FloatField()
    state = models.TextField()
    attempts = models.IntegerField()
    due_at = models.FloatField(null=True)
    lease = models.TextField(null=True)  # noqa: DJ001 - as in every store
    is_late = models.IntegerField()
    problem = models.TextField(null=True)  # noqa: DJ001 - as in every store

    class Meta:
        db_table = "dastak_inbox"
        verbose_name = "received event"

    def __str__(self) -> str:
        return f"{self.event_type} {self.lane} {self.state}"


class InboxLane(models.Model):  # type: ignore[misc] # Django has no types
    """How far one journey was handled."""

    name = models.TextField(primary_key=True)
    next_sequence = models.BigIntegerField()
    stage = models.IntegerField()
    seconds = models.FloatField()
    status_rank = models.IntegerField()

    class Meta:
        db_table = "dastak_inbox_lane"
        verbose_name = "journey"

    def __str__(self) -> str:
        return str(self.name)


class InboxCursor(models.Model):  # type: ignore[misc] # Django has no types
    """How far `reconcile` has compared with one sender."""

    source = models.TextField(primary_key=True)
    cursor = models.TextField()

    class Meta:
        db_table = "dastak_inbox_cursor"
        verbose_name = "place in a sender's events"

    def __str__(self) -> str:
        return str(self.source)
