"""Entry for everything: `python3 main.py demo | test | open | analyze | ...`.

Standard library only. Makes the environment on first use, then goes on inside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Shown before the environment exists; a test holds it equal to the program's own list.
COMMANDS = {
    "open": "Open a series or a case in the window.",
    "demo": "Plan the demonstration case that comes with the program.",
    "analyze": "Plan a series without a window and write all files.",
    "score": "Score stated facts, without images.",
    "series": "List the series in a folder, the most fit for planning first.",
    "deidentify": "Copy CT images without the patient's identity.",
    "selftest": "Measure a phantom of known dimensions and compare.",
    "bench": "Measure speed against the usual tools, or accuracy on generated cases.",
    "fuzz": "Open damaged files and look for crashes and wrong geometry.",
    "doctor": "Report environment, graphics, memory and versions.",
    "test": "Check the program: style, types, layers, tests.",
    "version": "Print the version.",
}

DRAWING = ("open", "demo", "doctor", "test")
"""Commands that need the system's graphics libraries, looked for again in case a person has not brought them yet."""

OWN_HELP = {
    "test": "Usage: python3 main.py test [PYTEST OPTIONS]\n\nruff, mypy, import-linter, then pytest; 0 when all passed.",
    "bench": "Usage: python3 main.py bench [speed] [PYTEST OPTIONS]\n       python3 main.py bench accuracy [OPTIONS]\n\n"
    "`speed` runs tests/benchmarks and prints times as ratios; `bench accuracy --help` explains the other.",
}
"""Help of the commands that main.py carries out itself."""

PROBE = "--probe-graphics"
"""What `doctor` calls in a child process, because a broken graphics driver ends the process that asks it."""


def usage() -> str:
    """The text of `--help`."""
    width = max(map(len, COMMANDS)) + 2
    rows = "\n".join(f"  {name:<{width}}{text}" for name, text in COMMANDS.items())
    return (
        "CTO Planner: plans treatment of coronary chronic total occlusions from a CT angiogram.\n"
        "Research use; not a medical device.\n\n"
        f"Usage: python3 main.py COMMAND [OPTIONS]\n\nCommands:\n{rows}\n\n"
        "`python3 main.py COMMAND --help` explains one command. The first use makes the environment."
    )


def main(arguments: list[str]) -> int:
    """Run a command, in the program's environment; the exit status of it."""
    if getattr(sys, "frozen", False):
        return _inside(arguments or ["open"])  # a double click brings no arguments
    if sys.version_info < (3, 11):  # noqa: UP036 - the first thing to tell whoever starts it with an older one
        newer = next((name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)), "a newer python3")
        print(f"CTO Planner needs Python 3.11 or newer. This is {sys.version.split()[0]}. Run it with {newer}.", file=sys.stderr)
        return 1
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] not in (*COMMANDS, PROBE):
        print(f"There is no command {arguments[0]!r}. The commands are: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    if (arguments[0] == "test" or _is_speed(arguments)) and {"-h", "--help"} & set(arguments):
        print(OWN_HELP[arguments[0]])
        return 0
    return _in_environment(arguments)


def _is_speed(arguments: list[str]) -> bool:
    return arguments[:1] == ["bench"] and (len(arguments) == 1 or arguments[1] == "speed" or arguments[1].startswith("-"))


def _in_environment(arguments: list[str]) -> int:
    from installers import environment, errors, system_libraries

    for_developers = arguments[0] == "test" or _is_speed(arguments)
    if os.environ.get("CTO_PLANNER_NO_VENV") or environment.is_inside(environment.folder(for_developers)):
        return _inside(arguments)
    try:
        made = environment.is_current(environment.folder(for_developers), for_developers)
        python = environment.ready(for_developers, _say)
        if made and arguments[0] in DRAWING:
            system_libraries.check(_say)
    except errors.SetUpError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Set-up could not write a file. {problem}. Make room or name another place in CTO_PLANNER_VENV.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up cancelled. The next start takes it up again.", file=sys.stderr)
        return 130
    return _again(python, arguments)


def _again(python: Path, arguments: list[str]) -> int:
    """Start this file once more with the environment's interpreter."""
    command = [str(python), str(Path(__file__).resolve()), *arguments]
    if sys.platform != "win32":
        sys.stdout.flush()
        os.execv(command[0], command)
    # Windows has no exec that keeps the console: wait for the child and pass its status on.
    with subprocess.Popen(command) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # the child hears the same key and ends in its own time


def _inside(arguments: list[str]) -> int:
    from planner import launch

    launch.prepare(os.environ)
    if arguments[:1] == [PROBE]:
        from ui.scene import gl_probe

        return gl_probe.main()
    if not getattr(sys, "frozen", False):
        from installers import checks

        if arguments[:1] == ["test"]:
            return checks.test(arguments[1:])
        if _is_speed(arguments):
            return checks.speed([option for option in arguments[1:] if option != "speed"])
    from planner import cli

    return cli.main(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
