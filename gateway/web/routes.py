"""All routes of the pages: the tables of the folders, one after the other."""

from gateway.web.addresses import ADDRESSES
from gateway.web.admin.routes import ADMIN
from gateway.web.family.routes import FAMILY_PAGES
from gateway.web.installer.routes import INSTALLER
from gateway.web.route import Route
from gateway.web.signin.routes import SIGN_IN
from gateway.web.staff.routes import STAFF

ROUTES: tuple[Route, ...] = (*ADDRESSES, *SIGN_IN, *INSTALLER, *FAMILY_PAGES, *STAFF, *ADMIN)
