"""How benchmarks print: one figure a line."""


def report(name: str, value: str, note: str = "") -> None:
    """One line."""
    print(f"{name:<34}{value:>14}  {note}", flush=True)
