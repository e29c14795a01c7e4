"""Job: one try in a process of its own. `python -m dlviz.trying.job FOLDER`.

<folder>/request.json   {"run": folder of a run, "step": its newest weights, "text", "sound" or "moment", "many", …}
<folder>/state.json     {"status": running | done | failed, "error", "seconds"}
<folder>/answer.json    see `answer.answer`
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from time import monotonic

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.training.restore import restore
from dlviz.trying.answer import answer


def main(folder: str | Path) -> int:
    """Do what `request.json` asks; 0 where it is done. Whatever happens, the state tells it."""
    folder, began = Path(folder), monotonic()

    def tell(status: str, error: str | None = None) -> None:
        write_json(folder / "state.json", {"status": status, "error": error, "seconds": round(monotonic() - began, 3)})

    try:
        tell("running")
        request = read_json(folder / "request.json", {})
        write_json(folder / "answer.json", answer(restore(RunFolder(Path(request["run"]))), request))
        tell("done")
        return 0
    except WrongInput as error:
        tell("failed", str(error))
    except Exception as error:
        traceback.print_exc()
        told = (str(error).strip().splitlines() or [""])[0][:200]
        tell("failed", f"It could not be read ({type(error).__name__}: {told}).")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
