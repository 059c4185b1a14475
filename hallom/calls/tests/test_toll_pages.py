"""What an administrator sets up about calling out reaches the switch's rules; the box tells what would happen and why."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hallom.calls import configuration, refusals, toll_rules
from hallom.calls.models import AllowedNumber, TollPolicy, TollPrice, Trunk
from hallom.hours.models import Calendar
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import NOW
from hallom.switch import numbers, toll
from hallom.switch.numbers import Kind, dialled
from hallom.switch.toll import Allowed, Caller, Narrower, Refused, Usage, Way, decide
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db

POLICY = {
    "name": "Agents",
    "rank": "0",
    "is_active": "on",
    "roles": ["agent"],
    "countries": "hu, PL",
    "kinds": ["fixed", "mobile"],
    "listed": "+36 90 555 111\n1818",
    "refused": "0036 30 999",
    "calls_most": "2",
    "minutes_a_day": "60",
    "money_a_day": "",
    "currency": "huf",
    "attempts_most": "10",
    "attempts_seconds": "60",
    "open_dial": "on",
    "open_transfer": "on",
    "countries_transfer": "HU",
    "kinds_transfer": ["fixed"],
}


@pytest.fixture(autouse=True)
def _administrator(client: Client, ada: User) -> None:
    client.force_login(ada)


@pytest.fixture
def trunk(db: None) -> Trunk:
    return Trunk.objects.create(name="north", addresses=["192.0.2.1/32"], host="192.0.2.1", is_outgoing=True)


@pytest.fixture
def number(db: None) -> AllowedNumber:
    return AllowedNumber.objects.create(number="+3615550100")


def keep(client: Client, number: AllowedNumber, **changed: Any) -> TollPolicy:
    values = {**POLICY, "caller_numbers": [number.pk], **changed}
    response = client.post("/settings/toll/policies/new/", values)
    assert response.status_code == 302, response.content.decode()
    return TollPolicy.objects.latest("pk")


def price_file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("prices.csv", text.encode(), content_type="text/csv")


def test_a_policy_as_typed_becomes_the_rule_of_the_switch(
    client: Client, ada: User, alice: User, bruno: User, number: AllowedNumber, trunk: Trunk
) -> None:
    policy = keep(client, number)
    rules = toll_rules.load(NOW)
    mine = rules.policy_of(alice.pk)
    assert mine.name == "Agents"
    assert mine.countries == {"HU", "PL"}
    assert mine.kinds == {Kind.FIXED, Kind.MOBILE}
    assert (mine.listed, mine.refused) == (("+3690555111", "1818"), ("+3630999",))
    assert mine.ways == {
        Way.DIAL: Narrower(),
        Way.TRANSFER: Narrower(frozenset({"HU"}), frozenset({Kind.FIXED})),
    }
    assert (mine.calls_most, mine.seconds_a_day, mine.money_a_day) == (2, 3600.0, None)
    assert (mine.caller_numbers, mine.trunks) == (("+3615550100",), ("north",))
    nobodys = rules.policy_of(bruno.pk)
    assert (nobodys.ways, nobodys.emergency_trunks, nobodys.emergency_number) == (
        {},
        ("north",),
        "+3615550100",
    )
    told = Event.objects.filter(kind="calls.setup_changed", data__act="linked").get()
    assert told.actor_id == ada.pk
    assert told.data["caller_numbers"] == [number.pk]
    assert policy.events.count() == 1  # type: ignore[attr-defined]


def test_a_way_that_is_unticked_is_closed_again(client: Client, alice: User, number: AllowedNumber) -> None:
    policy = keep(client, number)
    values = {**POLICY, "caller_numbers": [number.pk]}
    del values["open_transfer"]
    assert client.post(f"/settings/toll/policies/{policy.pk}/", values).status_code == 302
    assert set(toll_rules.load(NOW).policy_of(alice.pk).ways) == {Way.DIAL}


def test_what_was_kept_stands_in_the_form_again(client: Client, number: AllowedNumber) -> None:
    page = client.get(f"/settings/toll/policies/{keep(client, number).pk}/").content.decode()
    assert 'value="HU, PL"' in page
    assert "+3690555111\n1818" in page
    assert 'name="open_transfer" id="id_open_transfer" checked' in page
    assert 'name="open_api" id="id_open_api" checked' not in page


def test_the_policy_that_names_a_user_goes_before_his_teams_and_that_before_his_roles(
    client: Client, alice: User, technical: Team, number: AllowedNumber
) -> None:
    def whose() -> str:
        return toll_rules.load(NOW).policy_of(alice.pk).name

    keep(client, number)
    assert whose() == "Agents"
    keep(client, number, name="Team", roles=[], teams=[technical.pk], rank="5")
    assert whose() == "Team"
    keep(client, number, name="Alice", roles=[], users=[alice.pk], rank="9")
    assert whose() == "Alice"
    keep(client, number, name="Also Alice", roles=[], users=[alice.pk], rank="8")
    assert whose() == "Also Alice"
    TollPolicy.objects.update(is_active=False)
    assert whose() == ""


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"countries": "HU, XX"}, "No country has the code XX."),
        ({"listed": "all"}, "is no beginning of a number"),
        ({"refused": "+3690; 0690"}, "is no beginning of a number"),
        ({"currency": "Ft"}, "three letters"),
        ({"attempts_most": "0"}, "greater than or equal to 1"),
        ({"countries_api": "ZZ"}, "No country has the code ZZ."),
        ({"kinds": ["premium"]}, "Select a valid choice"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_words(
    client: Client, changed: dict[str, Any], told: str
) -> None:
    assert told in client.post("/settings/toll/policies/new/", {**POLICY, **changed}).content.decode()
    assert not TollPolicy.objects.exists()


def test_a_cap_on_money_needs_the_currency_of_the_price_list(client: Client, number: AllowedNumber) -> None:
    TollPrice.objects.create(prefix="+36", per_minute=Decimal("0.05"), currency="EUR")
    values = {**POLICY, "money_a_day": "100"}
    assert "another currency" in client.post("/settings/toll/policies/new/", values).content.decode()
    keep(client, number, money_a_day="100", currency="EUR")


def test_a_policy_is_removed_and_the_switch_hears_of_it(
    client: Client, number: AllowedNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    policy = keep(client, number)
    monkeypatch.setattr(configuration, "notify_switch", lambda: told.append(True))
    assert client.post(f"/settings/toll/policies/{policy.pk}/removal/").status_code == 302
    assert (TollPolicy.objects.count(), told) == (0, [True])


def test_hours_of_a_calendar_bind_the_policy(
    client: Client, alice: User, number: AllowedNumber, trunk: Trunk
) -> None:
    calendar = Calendar.objects.create(name="Office")
    keep(client, number, calendar=calendar.pk)
    rules = toll_rules.load(NOW)
    decision = decide(
        dialled("06 1 555 0100", rules.plan),
        Caller(alice.pk, True),
        Usage(),
        rules.policy_of(alice.pk),
        NOW.timestamp(),
    )
    assert decision == Refused("outside_hours")


def test_trunks_are_taken_in_their_order_and_only_those_for_calling_out(
    client: Client, alice: User, number: AllowedNumber, trunk: Trunk
) -> None:
    trunk.rank = 5
    trunk.save()
    for name, facts in {
        "first": {"rank": 1},
        "incoming": {"is_outgoing": False},
        "unused": {"is_active": False},
    }.items():
        facts = {"is_outgoing": True, "addresses": ["192.0.2.9/32"], "host": "192.0.2.9", **facts}
        Trunk.objects.create(name=name, **facts)
    keep(client, number)
    assert toll_rules.load(NOW).policy_of(alice.pk).trunks == ("first", "north")
    policy = TollPolicy.objects.get()
    policy.trunks.add(trunk)
    rules = toll_rules.load(NOW)
    assert rules.policy_of(alice.pk).trunks == ("north",)
    assert rules.policy_of(alice.pk).emergency_trunks == ("first", "north")


def test_a_trunk_without_a_server_cannot_carry_calls_out(client: Client) -> None:
    values = {"name": "t", "kind": "address", "addresses": "192.0.2.1", "port": "5060", "transport": "udp"}
    values |= {"expires_seconds": "300", "is_outgoing": "on"}
    assert "Needed to call out." in client.post("/settings/trunks/new/", values).content.decode()
    assert client.post("/settings/trunks/new/", {**values, "host": "192.0.2.1"}).status_code == 302
    assert Trunk.objects.get().is_outgoing


@pytest.mark.parametrize(
    ("typed", "kept"), [("06 1 555 0100", "+3615550100"), ("+48 22 123 45 67", "+48221234567")]
)
def test_a_number_to_show_is_kept_whole(client: Client, typed: str, kept: str) -> None:
    values = {"number": typed, "rank": "0", "is_active": "on"}
    assert client.post("/settings/toll/numbers/new/", values).status_code == 302
    assert AllowedNumber.objects.get().number == kept
    assert kept in client.get("/settings/toll/numbers/").content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("112", "whole number"), ("1818", "whole number"), ("Alice", "letters"), ("555 0100", "area code")],
)
def test_a_number_that_cannot_be_shown_is_refused_in_words(client: Client, typed: str, told: str) -> None:
    page = client.post("/settings/toll/numbers/new/", {"number": typed, "rank": "0"}).content.decode()
    assert told in page
    assert not AllowedNumber.objects.exists()


# Prices


def test_a_price_list_replaces_the_one_there_was(client: Client, ada: User) -> None:
    TollPrice.objects.create(prefix="+49", per_minute=1, currency="HUF")
    text = "prefix;name;per_minute;currency\n+36;Hungary;10,5;HUF\n0048;Poland;20;huf\n\n1818;Enquiries;400;HUF\n"
    assert client.post("/settings/toll/prices/", {"file": price_file(text)}).status_code == 302
    kept = set(TollPrice.objects.values_list("prefix", "per_minute", "currency"))
    assert kept == {
        ("+36", Decimal("10.5"), "HUF"),
        ("+48", Decimal(20), "HUF"),
        ("1818", Decimal(400), "HUF"),
    }
    event = Event.objects.get(kind="calls.setup_changed", data__what="tollprice")
    assert (event.actor_id, event.data["rows"], len(event.data["sha256"])) == (ada.pk, 3, 64)
    page = client.get("/settings/toll/prices/").content.decode()
    assert all(told in page for told in ("Hungary", "10.5 HUF", "400 HUF"))


def test_a_wrong_price_list_changes_nothing_and_says_where_it_is_wrong(client: Client) -> None:
    TollPrice.objects.create(prefix="+49", per_minute=1, currency="HUF")
    text = "prefix,name,per_minute,currency\n+36,Hungary,10,HUF\nall,World,10,HUF\n+48,Poland,cheap,HUF\n+36,Again,1,EUR\n"
    page = client.post("/settings/toll/prices/", {"file": price_file(text)}).content.decode()
    for told in (
        "Line 3: “all” is no beginning",
        "Line 4: “cheap” is no price",
        "Line 5: +36 stands there twice",
    ):
        assert told in page
    assert "Line 5: All prices must be in one currency: HUF, EUR." in page
    assert TollPrice.objects.get().prefix == "+49"


# The box


def trial(client: Client, number: str, user: User, **more: str) -> str:
    values = {"number": number, "user": user.pk, "way": "dial", **more}
    response = client.post("/settings/toll/", values)
    assert response.status_code == 200
    return response.content.decode()


def test_the_box_says_what_would_happen_and_why(
    client: Client, alice: User, bruno: User, number: AllowedNumber, trunk: Trunk
) -> None:
    keep(client, number)
    TollPrice.objects.create(prefix="+36", per_minute=Decimal("10.50"), currency="HUF")
    page = trial(client, "06 30 512 4478", alice)
    for told in (
        "+36 30 512 4478 · Hungary · mobile",
        "Policy: Agents",
        "Trunks in this order: north",
        "Allowed",
    ):
        assert told in page
    assert "A minute costs 10.5 HUF" in page
    assert "Shown to the person called: +36 1 555 0100" in page
    assert "Today for 60 minutes at most" in page
    assert "Premium-rate numbers are dialled only" in trial(client, "06 90 123 456", alice)
    assert "does not allow calls to this country: Germany." in trial(client, "+49 30 123456", alice)
    assert "numbers that begin with +3630999" in trial(client, "06 30 999 1234", alice)
    assert "numbers of this kind: mobile." in trial(client, "06 30 512 4478", alice, way="transfer")
    assert "not passed on to an outside number" in trial(
        client, "06 1 555 0100", alice, way="transfer", is_party_outside="on"
    )
    assert "does not let calls out this way: program (API)." in trial(
        client, "06 1 555 0100", alice, way="api"
    )
    assert "There are letters in the number" in trial(client, "0630HALLOM", alice)
    refused = trial(client, "06 1 555 0100", bruno)
    assert "Policy: none" in refused
    assert "No policy lets this user call out." in refused
    helped = trial(client, "112", bruno)
    assert "112 · emergency number: always gets through" in helped
    assert "Trunks in this order: north" in helped


def test_the_box_speaks_the_language_of_who_asks(
    client: Client, ada: User, alice: User, number: AllowedNumber
) -> None:
    keep(client, number)
    ada.language = "hu"
    ada.save()
    assert "Németország" in trial(client, "+49 30 123456", alice)


def test_every_code_has_its_words(alice: User) -> None:
    assert refusals.SENTENCES.keys() >= numbers.CODES | toll.CODES
    assert refusals.UNREADABLE.keys() == numbers.CODES
    assert refusals.TOLL.keys() == toll.CODES
    args = dict.fromkeys(
        ("most", "seconds", "beginning", "country", "kind", "way", "minutes", "money", "number"), "x"
    )
    for code in refusals.SENTENCES:
        assert "%" not in refusals.words(code, args)
    assert refusals.words("something_new") == "something_new"
    assert refusals.words("country_refused", {"country": ""}).endswith("no country.")


def test_rules_are_asked_for_with_few_queries_however_many_policies(
    client: Client, number: AllowedNumber, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        keep(client, number, name=f"Policy {n}")
    with django_assert_max_num_queries(14):
        rules = toll_rules.load(NOW)
    assert len(rules.policies) == 5


def test_without_a_policy_nothing_goes_out_but_calls_for_help(alice: User, trunk: Trunk) -> None:
    rules = toll_rules.load(NOW)
    mine = rules.policy_of(alice.pk)
    caller = Caller(alice.pk, True)
    assert isinstance(decide(dialled("06 1 555 0100", rules.plan), caller, Usage(), mine, 0), Refused)
    assert decide(dialled("112", rules.plan), caller, Usage(), mine, 0) == Allowed(("north",), "")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_sees_or_changes_the_policy(client: Client, alice: User, role: Role) -> None:
    alice.set_roles([role], by=None, now=NOW)
    client.force_login(alice)
    for address in ("", "policies/new/", "numbers/", "numbers/new/", "prices/"):
        assert client.get(f"/settings/toll/{address}").status_code == 403
        assert client.post(f"/settings/toll/{address}", POLICY).status_code in (403, 405)
