"""Settings of every test run: property tests have no deadline per example, since machines differ and are shared."""

from hypothesis import settings

settings.register_profile("dastak", deadline=None)
settings.load_profile("dastak")
