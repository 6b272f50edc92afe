"""Rooms with pupils, and what their devices tell."""

from explorer.classroom import deal
from explorer.classroom import room as room_state
from explorer.runs.folder import key_digest

BUDGET = 92_160
LANDINGS = deal.landing_pairs(deal.deal_spec("KRTM", 0))
SCENE = "submarine,yellow@20,14,{};bus,blue@48,48,1000"
"""A scene by the side of its first thing."""
SCENES = (
    SCENE.format(1000), "submarine,yellow,striped@0,64,0;bus,blue@48,48,1500;umbrella,red@1,2,3;named=pattern",
    "submarine,yellow@16,16,1000;bus,blue@48,48,1000", "submarine,yellow@48,48,1000;bus,blue@16,16,1000",
    "submarine,yellow@28,28,1000;bus,blue@36,36,1000", "submarine,blue@16,16,1000;bus,yellow@48,48,1000",
    "submarine,yellow,small@16,16,1000;bus,blue@48,48,1000;named=size",
    "submarine,yellow@16,16,1000;bus,blue@48,48,1000;cat,red@48,16,1000;fish,green@16,48,1000",
)  # fmt: skip
"""Scenes with a wrong caption, as the page writes them: tests/page/test_scene.py asks it for the same."""
NO_SCENES = (
    "first", "submarine,yellow@20,14,1000", "submarine,yellow@20,14,1000;", SCENE.format("1e3"), SCENE.format(1501),
    SCENE.format("-1"), "submarine,yellow@65,14,1000;bus,blue@48,48,1000", "bus,yellow@2,2,9;bus,blue@4,4,9",
    "submarine,yellow@20,14,1000;unicorn,blue@48,48,1000", "submarine,yellow,red@2,2,9;bus,blue@4,4,9",
    "submarine,odd@20,14,1000;bus,blue@48,48,1000", "submarine,blue@20,14,1000;bus,blue@48,48,1000",
    f"{SCENE.format(9)};named=size", f"{SCENE.format(9)};named=nothing", f"named=color;{SCENE.format(9)}",
    "submarine,yellow@20,14,1000;bus,blue@48,48,٣", f"{SCENE.format(9)};<img src=x>",
)  # fmt: skip
"""What a class refuses, and the page never writes."""


def room_of(pupils: int) -> room_state.Room:
    room = room_state.Room(code="KRTM", key_digest=key_digest("teacher"), opened=0.0, since=0.0)
    for number in range(pupils):
        room = room_state.add_pupil(room, f"pupil {number}", key_digest(f"key {number}"), now=1.0)
    return room


def told(
    pairs: int, news: room_state.DeviceState = "training", *, accuracy: float | None = 0.6, at: float = 5.0
) -> room_state.PupilTraining:
    return room_state.PupilTraining(pairs=pairs, accuracy=accuracy, state=news, at=at)
