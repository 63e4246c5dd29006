"""The key map and its help."""

import pytest

from recon.errors import CallError
from ui.commands import command_table
from ui.keymap import read_keymap
from ui.panels.help_dialogs import KeysDialog, SearchDialog, key_rows


def test_every_command_of_the_map_does_something_and_every_action_is_in_the_map(window):
    assert {c.id for c in read_keymap()} == set(command_table(window))


def test_a_key_given_twice_is_refused(tmp_path):
    row = '[[command]]\nid = "{}"\nkeys = ["W"]\ngroup = "g"\ntext = "t"\n'
    path = tmp_path / "keys.toml"
    path.write_text(row.format("a") + row.format("b"), encoding="utf-8")
    with pytest.raises(CallError, match="Twice: w"):
        read_keymap(path)


def test_the_help_shows_every_key(qtbot):
    commands = read_keymap()
    dialog = KeysDialog(commands)
    qtbot.addWidget(dialog)
    assert dialog.table.topLevelItemCount() == len(key_rows(commands)) > len(commands)


def test_the_search_finds_by_words_and_runs_the_first(qtbot):
    ran = []
    dialog = SearchDialog(read_keymap(), ran.append)
    qtbot.addWidget(dialog)
    dialog.line.setText("confirm cto")
    dialog.line.returnPressed.emit()
    assert ran == ["edit.confirm_cto"]
