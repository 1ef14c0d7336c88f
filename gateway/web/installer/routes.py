"""The routes of this folder."""

from gateway.web.installer import (
    consent,
    contacts,
    devices,
    devices_import,
    escalation,
    golive,
    home,
    hub,
    register,
    rooms,
    sheet,
    start,
    walk,
)
from gateway.web.installer.parent import parent
from gateway.web.route import INSTALLERS, Route

_REGISTERING: tuple[Route, ...] = (
    Route("GET", "/install", start.installer_start, INSTALLERS),
    Route("GET", "/install/register", register.register_form, INSTALLERS),
    Route("POST", "/install/register", register.register, INSTALLERS),
    Route("GET", "/homes/{home}/install", home.installer_home, INSTALLERS),
    Route("GET", "/homes/{home}/consent", consent.consent_form, INSTALLERS),
    Route("POST", "/homes/{home}/consent", consent.record_consent, INSTALLERS),
    Route("POST", "/homes/{home}/consent/withdraw", consent.withdraw_consent, INSTALLERS),
    Route("GET", "/homes/{home}/rooms", rooms.rooms_form, INSTALLERS),
    Route("POST", "/homes/{home}/rooms", rooms.save_rooms, INSTALLERS),
    Route("POST", "/homes/{home}/rooms/remove", rooms.remove_room, INSTALLERS),
    Route("GET", "/homes/{home}/hub", hub.hub_page, INSTALLERS),
    Route("POST", "/homes/{home}/hub/secret", hub.make_secret, INSTALLERS),
    Route("POST", "/homes/{home}/hub/revoke", hub.revoke, INSTALLERS),
)
_PEOPLE: tuple[Route, ...] = (
    Route("GET", "/homes/{home}/contacts", contacts.contacts_list, INSTALLERS),
    Route("POST", "/homes/{home}/contacts", contacts.add_contact, INSTALLERS),
    Route("GET", "/homes/{home}/contacts/{contact:int}", contacts.contact_form, INSTALLERS),
    Route("POST", "/homes/{home}/contacts/{contact:int}", contacts.change_contact, INSTALLERS),
    Route("POST", "/homes/{home}/contacts/{contact:int}/remove", contacts.remove_contact, INSTALLERS),
    Route("POST", "/homes/{home}/contacts/{contact:int}/sign-in", contacts.let_sign_in, INSTALLERS),
    Route("POST", "/homes/{home}/contacts/{contact:int}/sign-in/stop", contacts.stop_sign_in, INSTALLERS),
    Route("GET", "/homes/{home}/escalation", escalation.escalation_page, INSTALLERS),
    Route("POST", "/homes/{home}/escalation/{position:int}", escalation.save_step, INSTALLERS),
    Route("POST", "/homes/{home}/escalation/move", escalation.move_step, INSTALLERS),
    Route("POST", "/homes/{home}/escalation/remove", escalation.remove_step, INSTALLERS),
    Route("POST", "/homes/{home}/escalation/use", escalation.use_for_hazards, INSTALLERS),
)
_FORMS_ONLY: tuple[Route, ...] = tuple(
    Route("GET", f"/homes/{{home}}/{path}", parent, INSTALLERS)
    for path in (
        "consent/withdraw",
        "rooms/remove",
        "hub/secret",
        "hub/revoke",
        "contacts/{contact:int}/remove",
        "contacts/{contact:int}/sign-in",
        "contacts/{contact:int}/sign-in/stop",
        "escalation/{position:int}",
        "escalation/move",
        "escalation/remove",
        "escalation/use",
    )
)
_DEVICES: tuple[Route, ...] = (
    Route("GET", "/homes/{home}/devices", devices.devices, INSTALLERS),
    Route("POST", "/homes/{home}/devices", devices.register, INSTALLERS),
    Route("POST", "/homes/{home}/devices/code", devices.code, INSTALLERS),
    Route("GET", "/homes/{home}/devices/new", devices.new_device, INSTALLERS),
    Route("GET", "/homes/{home}/devices/import", devices_import.import_page, INSTALLERS),
    Route("POST", "/homes/{home}/devices/import", devices_import.import_list, INSTALLERS),
    Route("GET", "/homes/{home}/devices/sample.csv", devices_import.sample, INSTALLERS),
    Route("GET", "/homes/{home}/devices/{device:int}", sheet.device, INSTALLERS),
    Route("POST", "/homes/{home}/devices/{device:int}", sheet.change, INSTALLERS),
    Route("GET", "/homes/{home}/devices/{device:int}/replace", sheet.replacement, INSTALLERS),
    Route("POST", "/homes/{home}/devices/{device:int}/replace", sheet.replace, INSTALLERS),
    Route("GET", "/homes/{home}/devices/{device:int}/retire", sheet.retirement, INSTALLERS),
    Route("POST", "/homes/{home}/devices/{device:int}/retire", sheet.retire, INSTALLERS),
)
_WALK: tuple[Route, ...] = (
    Route("GET", "/homes/{home}/walk", walk.walk, INSTALLERS),
    Route("POST", "/homes/{home}/walk", walk.begin, INSTALLERS),
    Route("POST", "/homes/{home}/walk/stop", walk.stop, INSTALLERS),
    Route("POST", "/homes/{home}/walk/exit", walk.leave, INSTALLERS),
    Route("POST", "/homes/{home}/walk/pendant", walk.test_pendant, INSTALLERS),
    Route("POST", "/homes/{home}/walk/pendant/stop", walk.end_pendant_test, INSTALLERS),
    Route("POST", "/homes/{home}/walk/sign", walk.sign, INSTALLERS),
    Route("GET", "/homes/{home}/walk/{walk:int}", walk.walked, INSTALLERS),
    Route("GET", "/homes/{home}/live", golive.live_page, INSTALLERS),
    Route("POST", "/homes/{home}/live", golive.go_live, INSTALLERS),
)
INSTALLER: tuple[Route, ...] = (*_REGISTERING, *_PEOPLE, *_FORMS_ONLY, *_DEVICES, *_WALK)
