"""The agent's part of the console: online, the queue, the case with its call, the decision."""
