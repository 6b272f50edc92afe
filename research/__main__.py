"""The command line of the research: `python -m research COMMAND`.

python -m research sweep --list
python -m research write --sweeps sweeps
"""

from pathlib import Path

from explorer.tools.docs import command_table, with_tables
from explorer.tools.options import Document
from explorer.tools.program import make_program, run_program
from research import commands, engine_commands
from research.sweep_command import sweep

README = Path(__file__).with_name("README.md")
program = make_program(
    "python -m research",
    "Sweeps of trainings, and what they say: rows, claims, forecasts, documents. With --json the last line is one "
    "document.",
)
COMMANDS = (
    engine_commands.plan,
    engine_commands.run,
    engine_commands.repeat,
    engine_commands.theory_forecasts,
    engine_commands.theory_scores,
    engine_commands.freeze,
    engine_commands.page,
    engine_commands.torch,
    engine_commands.judge_open,
    sweep,
    commands.write,
    commands.take_up,
    commands.findings,
    commands.forecast,
    commands.probe,
    commands.captions,
    commands.own_things,
)
for command in COMMANDS:
    program.command(command, name=command.__name__.replace("_", "-"))


@program.command
def docs() -> Document:
    """Write the table of commands in research/README.md."""
    README.write_text(with_tables(README, command_table(program)), encoding="utf-8")
    return {"file": str(README)}


if __name__ == "__main__":
    run_program(program)
