"""Rooms with pupils, and what their devices tell."""

from explorer.classroom import deal
from explorer.classroom import room as room_state
from explorer.runs.folder import key_digest

BUDGET = 92_160
LANDINGS = deal.landing_pairs(deal.deal_spec("KRTM", 0))
SCENE = "submarine,yellow@20,14,{};bus,blue@48,48,1000"
"""A scene by the side of its first thing."""


def room_of(pupils: int) -> room_state.Room:
    room = room_state.Room(code="KRTM", key_digest=key_digest("teacher"), opened=0.0, since=0.0)
    for number in range(pupils):
        room = room_state.add_pupil(room, f"pupil {number}", key_digest(f"key {number}"), now=1.0)
    return room


def told(
    pairs: int, news: room_state.DeviceState = "training", *, accuracy: float | None = 0.6, at: float = 5.0
) -> room_state.PupilTraining:
    return room_state.PupilTraining(pairs=pairs, accuracy=accuracy, state=news, at=at)
