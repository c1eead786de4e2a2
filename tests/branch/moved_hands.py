"""Cases of somebody who moves, as tests say it: asked for, proposed, decided; what a branch keeps of them."""

from collections.abc import Callable
from contextlib import contextmanager

from sqlalchemy import create_engine, func, select, text

from deploy.demo.tiers import within
from deploy.local.databases import connect
from services.branch.outcomes.desk import DESK
from services.branch.outcomes.models import OutcomeCase
from services.branch.transfers.models import BroughtCase
from services.county.outcomes.models import OutcomeCase as CountyCase
from shared.contracts.outcomes import CaseLine
from shared.contracts.transfers import MemberFollowed
from shared.kit.ids import new_id
from shared.kit.units import unit_by_code
from shared.outcomes.drawing_up import _open as open_cases
from shared.outcomes.drawing_up import ask
from shared.sync.models import Outbox, Quarantine
from shared.sync.reporting import recover
from tests.branch.appraisal_hands import page
from tests.branch.points_hands import YEAR, at, open_the_year
from tests.branch.transfer_hands import Mover

HERE, NEXT, FAR = "321323001201", "321323001202", "321323002201"
COUNTY = "321323"


def three_branches(county):
    """Movers of three branches by code, in March of a year that is open."""
    open_the_year(county)
    county.now = at(3, 1)
    return {code: Mover(county, code) for code in (HERE, NEXT, FAR)}


def applicants(county, mover, many):
    """So many members of a branch, each with an application that has been told."""
    made = mover.members(many)
    county.settle()
    for one in made:
        applied_for(mover, one, at(2, 1), "alert_notice", settle=False)
    county.settle()
    return made


def kept(county, code, member):
    """By code and sort, what a branch keeps of another's cases of the member."""
    with within(county.tiers.branch) as session:
        unit = unit_by_code(session, code).id
        query = select(BroughtCase).where(BroughtCase.unit_id == unit, BroughtCase.member_id == member)
        return {(one.code, one.sort): one for one in session.scalars(query)}


def tellings(county):
    """How often branches have told what follows somebody."""
    with within(county.tiers.branch) as session:
        return session.scalar(select(func.count()).where(Outbox.kind == MemberFollowed.KIND))


def quarantined(county, tier):
    """Why what was set aside at a tier was, oldest first."""
    with within(getattr(county.tiers, tier)) as session:
        return session.scalars(select(Quarantine.reason).order_by(Quarantine.at)).all()


def own_case(mover, member, what, now):
    """What a branch itself proposes about one of its members, told to the tiers above; its id."""

    def propose(session, who, unit, of_year):
        line = CaseLine(
            case_id=new_id(), member_id=member, year=YEAR, sort="outcome", tier="branch", code=what,
            against=None, rulebook=of_year.outcomes.hash, reasons=[["两次无故缺席", "absent twice"]], text="",
            codes=[], opened_by=who.name, opened_at=now.isoformat(),
        )  # fmt: skip
        open_cases(session, DESK, unit.id, [line], None, now)
        return line.case_id

    made = mover.work(propose)
    mover.county.settle()
    return made


def applied_for(mover, member, now, *codes, settle=True, case_id=None):
    """A member applies for fault tolerance, whatever his grade; the case's id."""
    made = case_id or new_id()

    def apply(session, who, unit, of_year):
        said = "年初因病住院三个月，医院证明在"
        ask(
            session,
            DESK,
            who,
            unit.id,
            member,
            made,
            of_year.outcomes,
            YEAR,
            "tolerance",
            said,
            now,
            codes=codes,
        )

    mover.work(apply)
    if settle:
        mover.county.settle()
    return made


def word(client, county, table, case_id, kind, **more):
    """One word about one case, as it stands at the tier whose table it is."""
    tier = "county" if table is CountyCase else "branch"
    with within(getattr(county.tiers, tier)) as session:
        version = session.get_one(table, case_id).version
    answer = client.post(f"/outcomes/{case_id}/{kind}", data={"version": version, **more})
    assert answer.status_code == 303, page(answer)
    county.settle()


def turned_down(county, case_id):
    """The county does not grant it: verified, decided, confirmed."""
    said = (
        ("zzk", "verified", {"text": "没有住院记录"}),
        ("bz", "decided", {"verdict": "refused", "text": "证明材料不足"}),
        ("zr", "confirmed", {}),
    )
    for who, kind, more in said:
        word(county.client("county", f"{COUNTY}-{who}"), county, CountyCase, case_id, kind, **more)


def branch_state(county, case_id):
    """Where a case stands at the branch that has it."""
    with within(county.tiers.branch) as session:
        return session.get_one(OutcomeCase, case_id).state


@contextmanager
def as_owner(county):
    """The branch's database as its owner sees it, every row of it."""
    engine = create_engine(county.settings["branch"].owner_database_url)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.all', 'on', true)"))
        yield connection
    engine.dispose()


def backup(county) -> Callable[[], None]:
    """A copy of the branches' database as it is; calling what comes back restores it."""
    database = county.tiers.branch.database
    name = str(database.engine.url.database)
    _let_go(county)
    with connect(county.servers.admin_url) as server:
        server.execute(f"CREATE DATABASE {name}_backup TEMPLATE {name} OWNER branch_owner")

    def restore() -> None:
        _let_go(county)
        with connect(county.servers.admin_url) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            server.execute(f"ALTER DATABASE {name}_backup RENAME TO {name}")

    return restore


def _let_go(county):
    county.tiers.branch.database.dispose()
    if "branch" in county.__dict__.get("_apps", {}):
        county.app("branch").extensions["sanji.database"].dispose()


def recovered(county):
    """The branches' node compares heads anew, as it does at every start, until all is carried."""
    for _ in range(6):
        for node in (county.tiers.township.node, county.tiers.branch.node):
            recover(node)
        county.later(minutes=6)
        county.settle()
