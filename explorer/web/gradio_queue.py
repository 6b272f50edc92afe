"""Gradio's queue and its state: the one module that uses names which Gradio keeps to itself.

    queue = GradioQueue(blocks)
    queue.knows_event("ab12"), queue.scopes()      # is it asked or answered; the requests that wait or are answered
    await queue.forget("a session")

Gradio has no other way to bound its queue, to see who asks, or to drop what nobody listens to. A newer version of it
may rename any of this: `tests/web/test_space.py` asks a real server.
"""

import math
from contextlib import suppress
from typing import Any

from starlette.types import Scope

QUESTION_REST_S, PROGRESS_REST_S = 0.02, 0.1
"""How long an idle queue rests before it looks for a question, and for the progress of one.

Gradio's thousand looks a second take six percent of a core all day, beside trainings too. A question now waits up to
0.02 seconds longer.
"""


class GradioQueue:
    """The queue of blocks that are launched; a session is the name under which a page asks."""

    def __init__(self, blocks: Any) -> None:
        self._blocks = blocks

    @property
    def _queue(self) -> Any:
        return self._blocks._queue

    def set_up(self, questions: int) -> None:
        """Bound the questions that wait, and let the queue rest; Server mode makes it without options for these."""
        self._queue.max_size = questions
        self._queue.sleep_when_free = QUESTION_REST_S
        self._queue.progress_update_sleep_when_free = PROGRESS_REST_S

    def num_free(self) -> float:
        """Return how many more questions may wait; Gradio would refuse another one in a sentence of its own."""
        return math.inf if self._queue.max_size is None else int(self._queue.max_size) - len(self._queue)

    def function_name(self, number: object) -> str:
        """Return the name of the function of a number in Gradio's API, empty if there is none."""
        function = self._blocks.fns.get(number) if type(number) is int else None
        return str(getattr(function, "api_name", None) or "")

    def knows_event(self, event: str) -> bool:
        """Return whether a question waits, is being answered, or has an answer that was not fetched."""
        sessions = self._queue.pending_event_ids_session.values()
        return event in self._queue.event_ids_to_events or any(event in events for events in sessions)

    def knows_session(self, session: str) -> bool:
        """Return whether a session has asked something whose answers are not over."""
        return session in self._queue.pending_messages_per_session

    def scopes(self) -> list[Scope]:
        """Return the ASGI scopes of the questions that wait or are being answered."""
        return [event.request.scope for event in list(self._queue.event_ids_to_events.values())]

    def sessions(self) -> set[str]:
        """Return the sessions that have questions, or messages that were not read."""
        messages = self._queue.pending_messages_per_session
        unread = {session for session, waiting in messages.items() if not waiting.empty()}
        return unread | set(self._queue.pending_event_ids_session)

    async def forget(self, session: str) -> None:
        """Forget the questions, the messages and the state of a session."""
        queue = self._queue
        waiting = [queue.event_ids_to_events.get(each) for each in queue.pending_event_ids_session.get(session, ())]
        await queue.clean_events(session_hash=session)
        for event in filter(None, waiting):
            event.alive = False
        queue.pending_event_ids_session.pop(session, None)
        with suppress(KeyError):  # it is no dict, and has no pop
            del queue.pending_messages_per_session[session]
        self.forget_state(session)

    def forget_state(self, session: str) -> None:
        """Forget what Gradio keeps for a session beside its questions."""
        holder = self._blocks.state_holder
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)
