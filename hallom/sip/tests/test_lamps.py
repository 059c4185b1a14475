"""The bodies that lamps are fed with."""

from email.parser import Parser
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from hallom.sip.dialog_info import EPOCH, DialogInfo, Party, document, next_version
from hallom.sip.message_summary import MessageSummary

NAMES = {"d": "urn:ietf:params:xml:ns:dialog-info"}


def test_an_extension_that_is_free_has_no_dialog() -> None:
    root = fromstring(document("sip:201@h", 3))
    assert root.tag == "{urn:ietf:params:xml:ns:dialog-info}dialog-info"
    assert root.attrib == {"version": "3", "state": "full", "entity": "sip:201@h"}
    assert list(root) == []


def test_a_call_that_rings_can_be_picked_up_by_what_its_lamp_says() -> None:
    caller = Party("sip:+48221@h", 'Łukasz <"Łuk"> & Co', "sip:+48221@h;transport=tcp")
    ringing = DialogInfo("leg-2", "early", "recipient", "c1@h", "ours", "theirs", Party("sip:201@h"), caller)
    root = fromstring(document("sip:201@h", 4, [ringing]))
    dialog = root.find("d:dialog", NAMES)
    assert dialog is not None
    assert dialog.attrib == {
        "id": "leg-2",
        "call-id": "c1@h",
        "local-tag": "ours",
        "remote-tag": "theirs",
        "direction": "recipient",
    }
    assert dialog.findtext("d:state", namespaces=NAMES) == "early"
    identity = dialog.find("d:remote/d:identity", NAMES)
    assert identity is not None
    assert (identity.text, identity.attrib) == ("sip:+48221@h", {"display": 'Łukasz <"Łuk"> & Co'})
    target = dialog.find("d:remote/d:target", NAMES)
    assert target is not None
    assert target.attrib == {"uri": "sip:+48221@h;transport=tcp"}


def test_a_document_lists_no_more_dialogs_than_fit() -> None:
    busy = [DialogInfo(str(number), "confirmed") for number in range(100)]
    assert len(fromstring(document("sip:201@h", 1, busy))) == 8


@given(st.text(), st.text(), st.text())
def test_no_name_breaks_the_document(entity: str, name: str, tag: str) -> None:
    text = document(entity, 1, [DialogInfo("1", "early", None, tag, tag, tag, Party(name, name, name))])
    assert len(fromstring(text.encode())) == 1


def test_versions_grow_also_over_a_restart() -> None:
    now = EPOCH + 1000.5
    versions = [next_version(0, now)]
    for _ in range(10):
        versions.append(next_version(versions[-1], now))
    assert versions == list(range(1000, 1011))
    assert next_version(0, now + 60) > versions[-1]
    assert next_version(0, EPOCH + 2e9) < 2**31


def test_a_summary_says_whether_messages_wait() -> None:
    body = str(MessageSummary("sip:201@h", new=2, old=8, urgent_new=0, urgent_old=2))
    assert body == "Messages-Waiting: yes\r\nMessage-Account: sip:201@h\r\nVoice-Message: 2/8 (0/2)\r\n"
    assert Parser().parsestr(str(MessageSummary("")))["Messages-Waiting"] == "no"


def test_an_account_starts_no_line_of_its_own() -> None:
    body = str(MessageSummary("sip:201@h\r\nVoice-Message: 9/9 (9/9)"))
    assert body.count("\r\n") == 3
