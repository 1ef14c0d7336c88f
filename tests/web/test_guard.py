"""Who reaches a page, and what every answer carries."""

from tests.support.site import VisitedSite


async def test_whoever_is_not_signed_in_is_sent_to_the_door(site: VisitedSite) -> None:
    async with site.visitor() as stranger:
        answer = await stranger.get("/homes/ELM-12?day=2026-01-11")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fhomes%2FELM-12%3Fday%3D2026-01-11"


async def test_a_home_that_is_not_theirs_is_not_there(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    site.registers("OAK-3", area="South")
    async with site.visitor("staff", areas=["North"]) as carer:
        assert (await carer.get("/homes/OAK-3")).status_code == 404
        assert (await carer.get("/homes/NO-SUCH")).status_code == 404


async def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(site: VisitedSite) -> None:
    async with site.visitor() as stranger:
        for path in ("/sign-in", "/no-such-page", "/static/keepwell.css"):
            policy = (await stranger.get(path)).headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
