"""Who gets the few live prices."""

from app.gateway.live.slots import chosen, needed


def test_the_best_rank_of_anybody_counts() -> None:
    assert needed([{"a": 2, "b": 1}, {"a": 0}, {}]) == {"a": 0, "b": 1}


def test_what_is_needed_most_gets_a_slot() -> None:
    assert chosen({"a": 2, "b": 0, "c": 1}, (), most=2) == {"b", "c"}


def test_of_equals_those_that_are_live_stay() -> None:
    assert chosen({"a": 2, "b": 2, "c": 2}, ("c",), most=2) == {"a", "c"}


def test_there_is_room_for_all() -> None:
    assert chosen({"a": 2, "b": 2}, (), most=41) == {"a", "b"}
