"""`python -m tests.ui.told_due COMMAND …`: the command line, but for the schedule.

`due` answers what a test wrote into the file REAL_WINDOW_DUE.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from app.__main__ import main

if __name__ == "__main__":
    if sys.argv[1] == "due":
        told = json.loads(Path(os.environ["REAL_WINDOW_DUE"]).read_bytes())
        done = {"event": "done", "protocol": 1, "outcome": "ok", "report": told["report"]}
        sys.stdout.write(json.dumps(done) + "\n")
        sys.exit(0)
    sys.exit(main())
