from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived
from hallom.switch.aio.forks import Forks, Verdict


def test_the_first_answer_wins_and_the_others_are_cancelled() -> None:
    forks = Forks()
    assert forks.begin("leg", 3) == ["leg", "leg~2", "leg~3"]
    verdict = forks.judge(InviteAnswered("leg~2", "dialog", "v=0"))
    assert verdict == Verdict(InviteAnswered("leg", "dialog", "v=0"), cancel=("leg", "leg~3"))


def test_a_second_answer_in_the_same_moment_is_ended() -> None:
    forks = Forks()
    forks.begin("leg", 2)
    forks.judge(InviteAnswered("leg", "first", "v=0"))
    assert forks.judge(InviteAnswered("leg~2", "second", "v=0")) == Verdict(bye="second")


def test_a_cancelled_branch_says_nothing_more() -> None:
    forks = Forks()
    forks.begin("leg", 2)
    forks.judge(InviteAnswered("leg", "first", "v=0"))
    assert forks.judge(InviteFailed("leg~2", 487, "Request Terminated")) == Verdict()
    assert forks.branches("leg") == []


def test_only_when_all_have_failed_the_whole_has_failed_and_busy_says_more_than_away() -> None:
    forks = Forks()
    forks.begin("leg", 3)
    assert forks.judge(InviteFailed("leg~3", 408, "Timeout")) == Verdict()
    assert forks.judge(InviteFailed("leg", 486, "Busy Here")) == Verdict()
    assert forks.judge(InviteFailed("leg~2", 503, "Away")) == Verdict(InviteFailed("leg", 486, "Busy Here"))


def test_a_decline_speaks_for_the_person() -> None:
    forks = Forks()
    forks.begin("leg", 2)
    assert forks.judge(InviteFailed("leg~2", 603, "Decline")) == Verdict(
        InviteFailed("leg", 603, "Decline"), cancel=("leg",)
    )
    assert forks.judge(InviteFailed("leg", 487, "Request Terminated")) == Verdict()


def test_ringing_anywhere_is_ringing() -> None:
    forks = Forks()
    forks.begin("leg", 2)
    ringing = ProgressReceived("leg~2", 180, "Ringing", None)
    assert forks.judge(ringing).event == ProgressReceived("leg", 180, "Ringing", None)


def test_a_restored_fork_goes_on() -> None:
    forks = Forks()
    forks.restore("leg", ["leg", "leg~2"])
    assert forks.branches("leg") == ["leg", "leg~2"]
    assert forks.judge(InviteAnswered("leg", "dialog", "v=0")).cancel == ("leg~2",)


def test_events_of_single_invites_pass() -> None:
    event = InviteFailed("other", 404, "Not Found")
    assert Forks().judge(event) == Verdict(event)
