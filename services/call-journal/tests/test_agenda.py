"""Who is asked for first, and who is given up."""

from call_journal.identification.agenda import Agenda

from .identifying import job


async def test_fresh_ones_come_first_and_late_ones_the_newest_first():
    agenda = Agenda()
    for seq in (1, 2):
        agenda.put(job(seq), late=True)
    for seq in (3, 4):
        agenda.put(job(seq), late=False)
    order = []
    for _ in range(4):
        each, late = await agenda.next()
        order.append((each.stream_seq, late))
        assert agenda.position(9) == 0, "the oldest one is still to be done"
    assert order == [(3, False), (4, False), (2, True), (1, True)]
    for seq in (1, 3, 4):
        agenda.done(job(seq))
    assert agenda.position(9) == 1
    agenda.put_off(job(2))
    agenda.put(job(5), late=False)
    assert (await agenda.next())[0].stream_seq == 5, "what nobody answered waits; the others do not"
    agenda.answered()
    assert (await agenda.next())[0].stream_seq == 2
    agenda.done(job(2))
    agenda.done(job(5))
    assert agenda.position(9) == 9


async def test_what_alone_gets_no_answer_holds_up_no_late_one_and_is_given_up():
    agenda = Agenda()
    for seq in (1, 2, 3):
        agenda.put(job(seq), late=True)
    order = []
    for _ in range(5):
        each, _ = await agenda.next()
        order.append(each.stream_seq)
        agenda.answered()
        if each.stream_seq == 3:
            agenda.put_off(each)
        else:
            agenda.done(each)
        agenda.answered()
    assert order == [3, 2, 1, 3, 3]
    assert (agenda.dropped, agenda.position(9)) == (1, 9)


async def test_of_more_late_ones_than_fit_the_oldest_is_given_up(monkeypatch):
    monkeypatch.setattr("call_journal.identification.agenda.MOST_LATE", 2)
    agenda = Agenda()
    for seq in (1, 2, 3):
        agenda.put(job(seq), late=True)
    assert (agenda.dropped, agenda.position(9)) == (1, 1)
    assert [(await agenda.next())[0].stream_seq for _ in range(2)] == [3, 2]
