"""Start the sample merchant: `python examples/sample_merchant/main.py --help`."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that `sample_merchant` can be imported from here
runpy.run_module("sample_merchant", run_name="__main__", alter_sys=True)
