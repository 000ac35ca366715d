"""Sessions in memory: bounded, looked up again in time, and gone the moment they are revoked."""

from datetime import timedelta

from sertantai.accounts.caller import ALL_SCOPES
from sertantai.accounts.live_sessions import RECHECK_RETRY_S, LiveSession, LiveSessions
from sertantai.core.clock import ManualClock
from sertantai.core.ids import SessionId, UserId
from sertantai.process.new_ids import new_id

RECHECK_S = 60.0


class Memory:
    def __init__(self, entries_max: int = 10) -> None:
        self.clock = ManualClock()
        self.live = LiveSessions(self.clock, entries_max=entries_max, recheck_s=RECHECK_S)

    def session(self, user_id: UserId | None = None, lifetime_s: float = 3600) -> LiveSession:
        return LiveSession(
            user_id or UserId(new_id()),
            "a@example.org",
            "user",
            SessionId(new_id()),
            ALL_SCOPES,
            self.clock.now() + timedelta(seconds=lifetime_s),
        )

    def put(self, token_hash: bytes, session: LiveSession) -> LiveSession:
        self.live.put(token_hash, session, self.live.generation)
        return session

    def knows(self, token_hash: bytes) -> bool:
        return self.live.get(token_hash)[0] is not None


def test_what_was_put_is_good_until_it_is_due() -> None:
    memory = Memory()
    session = memory.put(b"a", memory.session())
    assert memory.live.get(b"a") == (session, False)
    memory.clock.advance(RECHECK_S)
    assert memory.live.get(b"a") == (session, True)


def test_while_one_request_looks_again_others_go_on() -> None:
    memory = Memory()
    session = memory.put(b"a", memory.session())
    memory.clock.advance(RECHECK_S)
    assert memory.live.get(b"a") == (session, True)
    assert memory.live.get(b"a") == (session, False)
    memory.clock.advance(RECHECK_RETRY_S)
    assert memory.live.get(b"a") == (session, True)


def test_a_session_ends_when_it_expires_whatever_the_memory_says() -> None:
    memory = Memory()
    memory.put(b"a", memory.session(lifetime_s=30))
    memory.clock.advance(30)
    assert memory.live.get(b"a") == (None, True)
    assert len(memory.live) == 0


def test_the_longest_unused_goes_at_the_bound() -> None:
    memory = Memory(entries_max=2)
    memory.put(b"a", memory.session())
    memory.put(b"b", memory.session())
    assert memory.knows(b"a")
    memory.put(b"c", memory.session())
    assert (memory.knows(b"a"), memory.knows(b"b"), memory.knows(b"c")) == (True, False, True)
    assert len(memory.live) == 2


def test_a_revoked_session_is_forgotten_and_others_stay() -> None:
    memory = Memory()
    user = UserId(new_id())
    first = memory.put(b"a", memory.session(user))
    memory.put(b"b", memory.session(user))
    assert first.session_id is not None
    memory.live.forget_session(first.session_id)
    assert not memory.knows(b"a")
    assert memory.knows(b"b")


def test_all_of_a_users_sessions_are_forgotten_and_other_users_stay() -> None:
    memory = Memory()
    user = UserId(new_id())
    memory.put(b"a", memory.session(user))
    memory.put(b"b", memory.session(user))
    memory.put(b"c", memory.session())
    memory.live.forget_user(user)
    assert (memory.knows(b"a"), memory.knows(b"b"), memory.knows(b"c")) == (False, False, True)


def test_what_was_read_before_a_revocation_is_not_remembered_after_it() -> None:
    memory = Memory()
    session = memory.session()
    before = memory.live.generation
    assert session.session_id is not None
    memory.live.forget_session(session.session_id)
    memory.live.put(b"a", session, before)
    assert not memory.knows(b"a")


def test_after_news_may_have_been_missed_everything_is_looked_up_again() -> None:
    memory = Memory()
    session = memory.put(b"a", memory.session())
    memory.live.doubt_all()
    assert memory.live.get(b"a") == (session, True)


def test_the_same_token_put_twice_is_one_entry() -> None:
    memory = Memory()
    session = memory.session()
    memory.put(b"a", session)
    memory.put(b"a", session)
    assert len(memory.live) == 1
    assert session.session_id is not None
    memory.live.forget_session(session.session_id)
    assert len(memory.live) == 0
