"""How often Python looks for garbage in cycles, for a process that makes many short-lived objects and hardly any cycle.

In: nothing. Out: everything that exists is left alone from now on, and new objects are looked at more rarely. `server`
calls it once, when all is built; benchmarks do the same. It saves about a tenth of the CPU of a delivery.
"""

import gc

YOUNG = 20_000
"""Objects made since the last look, before the next: 700 by default, which a dozen deliveries make."""
OLDER = 20


def look_rarely() -> None:
    """Set what was built so far aside, and look again after so many new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
