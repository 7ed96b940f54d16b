"""Faults by the hundred: relays between every two parts drop, delay, double, cut and half-open at random for a seed,
and no turn is lost, doubled, or waited for in vain.

    client ─ gateway ─ Runtime API ─ functions ─ table, @connections, Invoke, node (gRPC)

A seed is ten turns of one client. Each must end as answered, cancelled, or told as failed, within its time; no answer
comes twice or under another question; and of the turns that were answered the client has seen what the table holds
and what `history` gives.

Which seeds: WSDEEP_FAULT_SEEDS, such as 17, 0-99 (a thousand turns), or 3,17,40-49; 0-19 without it. A failure names
its seed, and WSDEEP_FAULT_SEEDS=SEED plays it again.
"""

import asyncio
import collections
import dataclasses
import os
import random
import re
import time
import unittest

from fault_arena import ANSWER_TIMEOUT, SLACK, Arena, Client, Silence

TURNS = 10
ARENAS = 10  # seeds that are played at the same time, each in a system of its own
RATES = (0, 0.02, 0.06, 0.15)
COMMAND_LIMIT = 25.0
SHORT_ANSWER = 60  # tokens
PROGRESS = ("accepted", "text", "restarted", "resumed")
STUCK = ("busy", "no_answer", "chat_expired")  # after these a user begins a new chat


def seeds():
    chosen = []
    for part in os.environ.get("WSDEEP_FAULT_SEEDS", "0-19").split(","):
        first, _, last = part.partition("-")
        chosen += range(int(first), int(last or first) + 1)
    return chosen


def rates_of(seed):
    """How often each link misbehaves for a seed."""
    dice = random.Random(f"{seed}/weather")
    rates = {link: dice.choice(RATES) for link in Arena.LINKS}
    return rates if any(rates.values()) else dict.fromkeys(Arena.LINKS, RATES[1])


@dataclasses.dataclass
class Turn:
    question: str
    cancel_at: str = ""  # the event at which it is cancelled: asked, accepted, text
    outcome: str = ""  # answered, cancelled, failed
    category: str = ""
    message_id: str = ""
    chat: str = ""
    seen: str = ""  # of the answer, since it last began
    stored: bool = False
    sends: int = 0
    seconds: float = 0.0


class Seed:
    """One seed: its turns, and what was wrong with them."""

    def __init__(self, arena, seed):
        self.arena, self.seed = arena, seed
        self.dice = random.Random(f"{seed}/user")
        self.turns, self.wrong = [], []

    async def play(self):
        began = time.monotonic()
        self.arena.begin(self.seed, rates_of(self.seed))
        self.client = Client(self.arena.url, self.arena.token, self._new_chat())
        await self.client.start()
        try:
            for number in range(TURNS):
                await self._turn(number)
            self._check_rest(await self.client.finish())
        except Silence as silence:
            self.wrong.append(str(silence))
        finally:
            await self.client.stop()
        self.faults = self.arena.weather.faults
        await self.arena.calm()
        for chat in {turn.chat for turn in self.turns if turn.chat}:
            await self._check_chat(chat)
        self.wrong += self.arena.weather.broken
        self.logged = self.arena.logged() if self.wrong else []
        self.seconds = time.monotonic() - began
        return self

    def _new_chat(self):
        return f"seed-{self.seed}-{os.urandom(6).hex()}"

    # ---- one turn ----

    async def _turn(self, number):
        if self.dice.random() < 0.1:
            await self._begin_anew()
        turn = Turn(f"Question {number} of seed {self.seed}?")
        if self.dice.random() < 0.2:
            turn.cancel_at = self.dice.choice(("asked", "accepted", "text", "text"))
        self.turns.append(turn)
        began = time.monotonic()
        try:
            await self._ask(turn)
        except Silence as silence:
            raise Silence(f"'{turn.question}' was waited for in vain: {silence}") from None
        turn.seconds = time.monotonic() - began
        self._check_turn(turn)
        if turn.category in STUCK:
            await self._begin_anew()

    async def _ask(self, turn):
        # An answer that is cancelled must be long enough for that.
        self.client.order("ask", text=turn.question, **({} if turn.cancel_at else {"maxTokens": SHORT_ANSWER}))
        self._cancel(turn, "asked")
        progress = time.monotonic()
        while not turn.outcome:
            event = await self.client.event(progress + ANSWER_TIMEOUT + SLACK - time.monotonic())
            if event["event"] in PROGRESS:
                progress = time.monotonic()
            await self._hear(turn, event)

    def _cancel(self, turn, at):
        if turn.cancel_at == at:
            turn.cancel_at += "!"  # once
            self.client.order("cancel")

    async def _hear(self, turn, event):
        kind = event["event"]
        if kind == "accepted":
            turn.message_id, turn.chat = event["messageId"], event["chatId"]
            self._located(turn)
        elif kind == "text":
            turn.seen += event["text"]
        elif kind == "restarted":
            turn.seen = ""
        elif kind == "completed":
            self._completed(turn, event)
        elif kind == "failed":
            turn.outcome = "cancelled" if event["category"] == "cancelled" else "failed"
            turn.category = event["category"]
            self._named(turn, event["messageId"])
        elif kind == "end":
            turn.outcome, turn.category = "failed", "ended"
            await self._start_again(event)
        elif kind in ("done", "refused", "history"):
            self.wrong.append(f"a turn met the answer to a command: {event}")
        self._cancel(turn, kind)

    def _completed(self, turn, event):
        turn.outcome, turn.stored, turn.sends = "answered", event["stored"], event["sends"]
        self._named(turn, event["messageId"])
        turn.chat = event["chatId"]
        self._located(turn)
        if event["text"] != turn.seen:
            self.wrong.append(f"'{turn.question}': shown {turn.seen!r}, and told that it was {event['text']!r}")

    def _named(self, turn, message_id):
        if turn.message_id and message_id != turn.message_id:
            self.wrong.append(f"'{turn.question}' is {turn.message_id}, and ended as {message_id}")
        turn.message_id = message_id

    def _located(self, turn):
        """A turn is in the chat that the one before was in, unless a new one was begun."""
        if self.client.chat and turn.chat != self.client.chat:
            self.wrong.append(f"'{turn.question}' was asked in {self.client.chat}, and answered in {turn.chat}")
        self.client.chat = turn.chat

    async def _start_again(self, end):
        """A machine whose connection ended for good is started anew: so does a user."""
        if end["status"] in (400, 401, 403):
            self.wrong.append(f"refused although nothing was wrong with it: {end}")
        await self.client.stop()
        await self.client.start()

    async def _begin_anew(self):
        self.client.order("new")
        until = time.monotonic() + COMMAND_LIMIT
        while True:
            event = await self.client.event(until - time.monotonic())
            if event["event"] == "done":
                self.client.chat = event["chatId"]
                return
            if event["event"] == "end":
                self.client.chat = self._new_chat()
                return await self._start_again(event)
            if event["event"] == "refused":
                self.client.chat = ""  # a new one, but nobody knows which
                return
            self._check_rest([event])

    # ---- what must hold ----

    def _check_rest(self, events):
        """Of a turn nothing comes after its end."""
        for event in events:
            if event["event"] in ("accepted", "text", "resumed", "restarted", "completed", "failed"):
                self.wrong.append(f"came when nothing was asked: {event}")

    def _check_turn(self, turn):
        """The simulated engine says first which turn it is, and quotes the question."""
        opening = re.match(r'This is the simulated engine, turn (\d+)(?:, with \d+ earlier messages?)?\. ', turn.seen)
        if turn.outcome != "answered" and not opening:
            return
        said = f'You asked: "{turn.question}".'
        rest = turn.seen[opening.end():][:len(said)] if opening else ""
        if rest != said and not (turn.outcome != "answered" and said.startswith(rest)):
            return self.wrong.append(f"'{turn.question}' was answered by {turn.seen!r}")
        before = [t for t in self.turns[:-1] if t.chat == turn.chat and t.outcome == "answered" and t.stored]
        if turn.chat and int(opening[1]) <= len(before):
            self.wrong.append(f"'{turn.question}' came after {len(before)} answers, and the model saw {opening[1]} turns")

    async def _check_chat(self, chat):
        """Table and history say the same, and of the answered turns what the client saw."""
        items, page = await self._at_rest(chat)
        stored = [i for i in items if i["itemKey"].startswith("msg#")]
        told = [(m["role"], m["content"], m["messageId"], m["partial"]) for m in page]
        kept = [(i["role"], i["content"], i["messageId"], i.get("partial", False)) for i in stored]
        if told != kept:
            self.wrong.append(f"chat {chat}: history tells {told}, the table holds {kept}")
        turns = [turn for turn in self.turns if turn.chat in ("", chat)]
        by_id = {turn.message_id: turn for turn in turns if turn.message_id}
        for role, content, message_id, partial in kept:
            self._check_stored(by_id.get(message_id), role, content, partial, message_id)
        keys = [(role, message_id) for role, _, message_id, _ in kept]
        for turn in turns:
            if turn.chat and turn.outcome == "answered":
                self._check_kept(turn, keys)
        if len(set(keys)) != len(keys):
            self.wrong.append(f"chat {chat}: stored twice: {keys}")
        order = [m for role, m in keys if role == "user" and m in by_id and by_id[m].outcome == "answered"]
        if order != [t.message_id for t in turns if t.outcome == "answered" and t.chat]:
            self.wrong.append(f"chat {chat}: the answered turns stand in the order {order}")

    async def _at_rest(self, chat):
        """The chat's items and its history, when both are the same before and after; a turn that the client gave up
        may still be written."""
        until = time.monotonic() + 10
        before = None
        while True:
            items = await asyncio.to_thread(self.arena.system.query, chat)
            if items == before or time.monotonic() > until:
                return items, page
            before, page = items, await self._history(chat)

    async def _history(self, chat):
        client = Client(self.arena.url, self.arena.token, chat)
        await client.start()
        try:
            client.order("history")
            while (event := await client.event(COMMAND_LIMIT))["event"] != "history":
                if event["event"] in ("refused", "end"):
                    raise AssertionError(f"no history of {chat}: {event}")
            return event["messages"]
        finally:
            await client.stop()

    def _check_stored(self, turn, role, content, partial, message_id):
        if turn is None:
            # Its receipt and its end were lost with the client's connection.
            if not any(t.category == "ended" for t in self.turns):
                self.wrong.append(f"stored under the id of no turn: {role} {message_id}: {content!r}")
        elif role == "user":
            if content != turn.question:
                self.wrong.append(f"'{turn.question}' is kept as {content!r}")
        elif turn.outcome == "answered":
            if partial or content != turn.seen:
                self.wrong.append(f"'{turn.question}': seen {turn.seen!r}, kept {content!r}, partial: {partial}")
        elif not content.startswith(turn.seen.strip()) and not turn.seen.startswith(content):
            self.wrong.append(f"'{turn.question}' failed: seen {turn.seen!r}, kept {content!r}")

    def _check_kept(self, turn, keys):
        for role in ("user", "assistant"):
            if (role, turn.message_id) not in keys and (turn.stored or role == "user"):
                self.wrong.append(f"'{turn.question}' was answered, and its {role} message is not kept")

    def report(self):
        """All that is known of it."""
        lines = [f"seed {self.seed} (again: WSDEEP_FAULT_SEEDS={self.seed}):", *("  " + w for w in self.wrong), "  turns:"]
        lines += [f"    {turn}" for turn in self.turns]
        told = [(at, "", str(event)) for at, event in self.client.heard if event.get("event") != "text"]
        lines += [f"  {at:7.3f} {who:24} {what}" for at, who, what in sorted(told + self.faults, key=lambda l: l[0])]
        return "\n".join(lines + self.logged)


class Faults(unittest.TestCase):
    def test_every_turn_ends_and_none_is_lost_or_doubled(self):
        began = time.monotonic()
        played = asyncio.run(self.play(seeds()))
        self.tell(played, time.monotonic() - began)
        failed = [seed for seed in played if seed.wrong]
        self.assertFalse(failed, "\n\n".join(seed.report() for seed in failed))
        if len(played) >= 10:  # what is not tried proves nothing
            links = {name.split()[0] for seed in played for _, name, _ in seed.faults}
            self.assertEqual(links, set(Arena.LINKS))
            turns = [turn for seed in played for turn in seed.turns]
            self.assertGreater(sum(turn.outcome == "answered" for turn in turns), len(turns) / 2)

    async def play(self, chosen):
        # Those with the worst weather last the longest, and come first: none is played alone at the end.
        waiting, played = sorted(chosen, key=lambda seed: sum(rates_of(seed).values())), []

        async def one_arena():
            arena = Arena()
            try:
                await arena.open()
                while waiting:
                    played.append(await Seed(arena, waiting.pop()).play())
            finally:
                await arena.close()

        await asyncio.gather(*(one_arena() for _ in range(min(ARENAS, len(chosen)))))
        return played

    @staticmethod
    def tell(played, seconds):
        turns = [turn for seed in played for turn in seed.turns]
        outcomes = collections.Counter(turn.outcome for turn in turns)
        failures = collections.Counter(turn.category for turn in turns if turn.outcome == "failed")
        faults = collections.Counter(name.split()[0] for seed in played for _, name, _ in seed.faults)
        print(f"{len(played)} seeds, {len(turns)} turns in {seconds:.0f} s: {dict(outcomes)}; failures {dict(failures)}; "
              f"sent again {sum(turn.sends > 1 for turn in turns)}; longest turn {max(t.seconds for t in turns):.1f} s; "
              f"faults {sum(faults.values())}: {dict(faults)}")


if __name__ == "__main__":
    unittest.main()
