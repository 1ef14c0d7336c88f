"""What is printed on a sensor names its address, or says why it does not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codes import Unreadable, meant, read

KEY = "00112233445566778899AABBCCDDEEFF528F"
ZIGBEE = "zigbee2mqtt:0xf4ce36d88ab8b6fd"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (f"Z:F4CE36D88AB8B6FD$I:{KEY}", ZIGBEE),
        (f"Z:F4CE36D88AB8B6FD$I:{KEY}%M:FFFE$D:AABBCCDD", ZIGBEE),
        (f"ZB10SG0D83101823480040000000000000000000F4CE36D88AB8B6FDDLK{KEY}", ZIGBEE),
        (f"G$M:69775$S:680S00003915$D:0000000017B2335C%Z$A:F4CE36D88AB8B6FD$I:{KEY}", ZIGBEE),
        (f"f4ce36d88ab8b6fd|{KEY}", ZIGBEE),
        ("0xF4CE36D88AB8B6FD", ZIGBEE),
        (" F4CE 36D8 8AB8 B6FD ", ZIGBEE),
        ("F4:CE:36:D8:8A:B8:B6:FD", ZIGBEE),
        ("LW:D0:70B3D57ED0000001:24E124538B223211:01234567:S12:P34", "lorawan:24e124538b223211"),
        ("24-e1-24-53-8b-22-32-11", "lorawan:24e124538b223211"),
        ("A4:C1:38:12:34:56", "shelly:a4c138123456"),
        ("zigbee2mqtt:name:Kitchen door", "zigbee2mqtt:name:Kitchen door"),
    ],
)
def test_a_code_names_an_address(typed: str, address: str) -> None:
    assert address in read(typed).addresses


def test_the_secret_of_an_install_code_is_not_kept() -> None:
    code = read(f"Z:F4CE36D88AB8B6FD$I:{KEY}")
    assert code.secret
    assert KEY not in repr(code)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Type or scan"),
        ("MT:Y.K90SO527JA0648G00", "Matter"),
        ("34970112332", "Matter"),
        ("X-HM://0023ISYWYABCD", "HomeKit"),
        ("900132782003515253545541424344453132333435212223242500100435301537022065520001000000300578", "Z-Wave"),
        ("https://example.com/manual", "a link to a web page"),
        ("4006381333931", "product's barcode"),
        ("LW:D9:70B3", "DevEUI"),
        ("kitchen door", "appears on this page by itself"),
        ("x" * 600, "one sensor at a time"),
    ],
)
def test_what_names_none_says_what_to_do(typed: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(typed)


def test_of_what_it_can_mean_what_was_heard_counts() -> None:
    code = read("24E124538B223211")
    assert meant(code, {"lorawan:24e124538b223211", "zigbee2mqtt:0x1"}) == ["lorawan:24e124538b223211"]
    assert meant(read("30S00000413D759+1P000B00000001"), {"enocean:hall.0413d759"}) == ["enocean:hall.0413d759"]
    assert not meant(code, {"lorawan:1"})


@given(st.text(max_size=600))
def test_whatever_is_typed_is_read_or_explained(typed: str) -> None:
    with suppress(Unreadable):
        code = read(typed)
        assert code.addresses or code.digits
