"""What is wrong with a database's schema, in words for whoever starts a process."""


class SchemaTooNew(Exception):  # noqa: N818 - the name says what happened
    """The data was written by a newer Dastak; use that release or a later one."""


class SchemaTooOld(Exception):  # noqa: N818
    """The database is too old for this release."""
