"""The routes of this folder."""

from gateway.web.admin.looks import looks, looks_csv
from gateway.web.admin.people import (
    add_person,
    change_person,
    disable_person,
    enable_person,
    end_person_sessions,
    find_people,
    link_person,
    new_person,
    people,
    person,
)
from gateway.web.admin.privacy import erase_all, erase_page, erasure, erasures, export, export_page
from gateway.web.admin.tokens import make_token, revoke_token, token_list
from gateway.web.route import ADMINISTRATORS, SUPERVISORS, Route

ADMIN: tuple[Route, ...] = (
    Route("GET", "/people", people, SUPERVISORS),
    Route("POST", "/people", find_people, SUPERVISORS),
    Route("GET", "/people/new", new_person, SUPERVISORS),
    Route("POST", "/people/new", add_person, SUPERVISORS),
    Route("GET", "/people/{person:int}", person, SUPERVISORS),
    Route("POST", "/people/{person:int}", change_person, SUPERVISORS),
    Route("POST", "/people/{person:int}/disable", disable_person, SUPERVISORS),
    Route("POST", "/people/{person:int}/enable", enable_person, SUPERVISORS),
    Route("POST", "/people/{person:int}/link", link_person, SUPERVISORS),
    Route("POST", "/people/{person:int}/end-sessions", end_person_sessions, SUPERVISORS),
    Route("GET", "/tokens", token_list, ADMINISTRATORS),
    Route("POST", "/tokens", make_token, ADMINISTRATORS),
    Route("POST", "/tokens/{token:int}/revoke", revoke_token, ADMINISTRATORS),
    Route("GET", "/looks", looks, SUPERVISORS),
    Route("GET", "/looks.csv", looks_csv, SUPERVISORS),
    Route("GET", "/homes/{home}/export", export_page, SUPERVISORS),
    Route("POST", "/homes/{home}/export", export, SUPERVISORS),
    Route("GET", "/homes/{home}/erase", erase_page, SUPERVISORS),
    Route("POST", "/homes/{home}/erase", erase_all, SUPERVISORS),
    Route("GET", "/erasures", erasures, SUPERVISORS),
    Route("GET", "/erasures/{report}", erasure, SUPERVISORS),
)
