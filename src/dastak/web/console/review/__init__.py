"""The auditor's part of the console: what waits for review, the evidence of one case, and the decision."""
