"""`python -m dastak`, the same as the command `dastak`."""

from dastak.cli.main import main

main()
