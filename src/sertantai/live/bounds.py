"""How much of everything there may be on live channels: by socket, by person, by address, and in all."""

from typing import Final

SCREENS_MAX: Final = 20_000
"""Sockets and long-poll sessions together."""
PER_USER_MAX: Final = 30
PER_ADDRESS_MAX: Final = 1_500
"""An office behind one address has hundreds of browsers, each with one socket."""
TOPICS_MAX: Final = 100
"""Of one screen, as Phoenix has it."""
JOINS_PER_S: Final = 50
JOINS_AT_ONCE: Final = 100
PERSONS_JOINS_PER_S: Final = 100
PERSONS_JOINS_AT_ONCE: Final = PER_USER_MAX * TOPICS_MAX
"""Over all screens of one person, those that have gone included. All come back at once after a restart."""
PERSONS_LAWS_PER_S: Final = 10_000
PERSONS_LAWS_AT_ONCE: Final = 200_000
"""In snapshots to one person; beyond it they say where to read the list. Five thousand take 10 ms."""
MESSAGES_PER_S: Final = 20
MESSAGES_AT_ONCE: Final = 200
"""A page that comes back joins all that it shows at once."""
LOADS_AT_ONCE: Final = 32
LOADS_MAX: Final = SCREENS_MAX
"""Joins that wait for their turn at the door: each screen that comes back after a restart has one, for who is
told to come again does so after seconds. Further ones are told so."""
IDLE_S: Final = 75.0
"""Clients send a heartbeat each 30 s: a limit of twice that cuts who is throttled, and a shorter one all."""
FIRST_JOIN_S: Final = 20.0

IDS_MAX: Final = 500
"""In one message; beyond it only how many."""
SNAPSHOT_IDS_MAX: Final = 5_000
NOTES_BYTES_MAX: Final = 8 * 1024
RING_MESSAGES_MAX: Final = 256
RING_BYTES_MAX: Final = 256 * 1024
RINGS_BYTES_MAX: Final = 64 * 1024 * 1024
RING_KEPT_S: Final = 120.0
"""After the last watcher has gone: somebody who comes back within it is told what was missed."""

FLUSH_EVERY_S: Final = 0.05
"""Of one list under load; what comes after a quiet time goes out at once."""
FLUSHES_AT_ONCE: Final = 4
"""After a rest of as many times as long: of changes that come at random some are close to each other."""
NEWS_EVERY_S: Final = 0.25
"""The same, for who shows all lists of somebody."""
WORKS_PENDING_MAX: Final = 100
"""Pieces of work that are told of at once; those that begin beyond it are not told of before their end."""
PENDING_MAX: Final = 256
"""Steps of one list that could not be told yet; then it is to be read again."""
WRITES_AT_ONCE: Final = 256
"""Then the event loop is let go: one or two milliseconds."""
LAGGING_BYTES: Final = 64 * 1024
"""Unread by one socket: it is told nothing more, but to look again once it reads. Joins are answered then."""
LAGGING_S_MAX: Final = 30.0
"""So long it may take over as much; who is slower does not read."""
CUT_BYTES: Final = 256 * 1024
CUT_S: Final = 10.0
"""Of who leaves more than that unread, and takes nothing in so long, it is not kept any longer."""
BUFFERED_BYTES_MAX: Final = 128 * 1024 * 1024
"""Unread by all sockets together; then those with the most are cut."""

PRESENCE_SHOWN_MAX: Final = 50
"""Beyond it only how many there are."""
PRESENCE_EVERY_S: Final = 0.25
PRESENCE_GRACE_S: Final = 5.0
"""A page that is loaded again is not gone."""
LOOKS_PER_S: Final = 1.0

LONG_POLL_S: Final = 10.0
LONG_POLL_GONE_S: Final = 15.0
LONG_POLL_BYTES_MAX: Final = 512 * 1024
"""The longest answer to a join fits in beside what may be unread before it."""
LONG_POLL_GATHERS_S: Final = 0.02
"""What waited for room comes in one answer, as far as there is."""
LONG_POLL_FRAMES_MAX: Final = 500
"""In one POST."""
