"""What several probes say in the same words: what a wrong answer means, and how to mend it.

Called by the tables of probes.
"""

RAW = "Verify the raw bytes, before anything parses them."
KEEP = "Answer 2xx, keep what you do not know, and act on what you do."
VERIFY_FIRST = "Verify before you read anything; answer 401 and nothing else when it fails."
GUARD = "Treat a missing or malformed header as a failed verification: 400 or 401, never an exception."
FRESH = "Refuse what is more than 300 seconds from your clock, either way."
CROWD = "Let several requests be under way at once: threads, workers, async, or a proxy that buffers."
FORGED = "Whoever knows your URL can make you believe anything."
