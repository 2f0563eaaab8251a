"""``python -m bench.corpus FOLDER…``: how much of what is known of recorded devices does netops read?

Exit code 0 when every bar of docs/corpus.md is reached, 1 when one is not, 2 when there is nothing to poll.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bench.corpus.allowed import PAGE, find_stale, read_entries
from bench.corpus.recorded import find_cases
from bench.corpus.report import describe, print_report
from bench.corpus.run import run_cases
from bench.corpus.scores import find_failures, score
from netops.cli.output import progress_bar
from netops.simulator.errors import SimulatorError


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.corpus", description=__doc__)
    parser.add_argument(
        "folders", nargs="+", type=Path, help="folders of recordings; their own folders count too"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this recording; may be repeated"
    )
    parser.add_argument("--misses", action="store_true", help="list every disagreement")
    parser.add_argument("--json", action="store_true", help="print one object for programs")
    options = parser.parse_args()
    folders = [inner for folder in options.folders for inner in with_subfolders(folder)]
    try:
        cases = find_cases(folders, frozenset(options.only))
    except SimulatorError as error:
        print(error, file=sys.stderr)
        return 2
    if not cases:
        print(f"no recording is called {', '.join(options.only)}", file=sys.stderr)
        return 2
    entries = read_entries(PAGE.read_text(encoding="utf-8"))
    with progress_bar("polling the recordings") as tell:
        outcomes = asyncio.run(run_cases(cases, folders, tell))
    scored = [score(outcome, entries) for outcome in outcomes]
    stale = find_stale(entries, [case.name for case in cases])
    failures = find_failures(scored)
    if options.json:
        print(json.dumps(describe(scored, stale, failures), ensure_ascii=False))
    else:
        print_report(scored, stale, misses=options.misses)
        print("\n".join(failures) or "every bar is reached")
    return 1 if failures or stale else 0


def with_subfolders(folder: Path) -> list[Path]:
    """Give a folder and those in it that hold files: recordings are sorted into folders by where they come from."""
    if not folder.is_dir():
        return [folder]
    return [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]


if __name__ == "__main__":
    sys.exit(main())
