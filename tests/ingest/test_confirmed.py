"""Which acknowledgements the broker is known to have."""

from gateway.ingest.confirmed import Confirmations


def test_what_was_acknowledged_before_a_ping_is_confirmed_by_its_answer():
    known = Confirmations()
    known.acknowledged(1)
    known.asked()
    known.acknowledged(2)
    assert known.take() == frozenset()
    known.answered()
    assert known.take() == {1}
    assert known.take() == frozenset()


def test_the_answer_to_an_earlier_ping_confirms_nothing_later():
    known = Confirmations()
    known.asked()
    known.asked()
    known.answered()
    known.acknowledged(1)
    known.asked()
    known.answered()  # the second ping's, which was sent before
    assert known.take() == frozenset()
    known.answered()
    assert known.take() == {1}


def test_an_id_that_a_new_message_has_is_not_confirmed():
    known = Confirmations()
    for mid in (1, 2, 3):
        known.acknowledged(mid)
    known.received(1)
    known.asked()
    known.received(2)
    known.answered()
    known.received(3)
    assert known.take() == frozenset()
