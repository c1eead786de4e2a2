"""Writing a comment, publishing it or not, answering it, taking it down."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.branch.comments.models import Comment, PublishedComment
from services.branch.roster.actions import member_of
from services.branch.roster.models import Member
from shared.kit import audit
from shared.kit.accounts import SignedIn
from shared.kit.errors import Absent, Refused
from shared.kit.i18n import N_
from shared.kit.units import Unit

SHOWN = 50


def write(
    session: Session, actor: SignedIn, unit: Unit, comment_id: UUID, about: str, text: str, now: datetime
) -> Comment:
    """A member's comment on another, for the branch to look at; the same id twice is one. Raises Refused."""
    if actor.person_id is None:
        raise Absent
    known = session.get(Comment, comment_id)
    if known is not None:
        if known.author_id != actor.person_id:
            raise Absent
        return known
    own = member_of(session, unit.id, actor.person_id)
    if about.strip() == own.name:
        raise Refused(N_("不能点评自己。"))
    made = Comment(
        id=comment_id,
        unit_id=unit.id,
        author_id=own.id,
        author=own.name,
        about=about.strip(),
        text=text.strip(),
        at=now,
        state="waiting",
    )
    session.add(made)
    session.flush()
    audit.record(session, now, actor.account_id, unit.id, "comment.write", str(made.id))
    return made


def publish(
    session: Session, actor: SignedIn, unit: Unit, comment_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Let the branch read it, about this member; not by its author or subject. Raises Refused, Absent."""
    comment = _waiting(session, actor, unit, comment_id)
    member = member_of(session, unit.id, member_id)
    if member.id in (comment.author_id, actor.person_id):
        raise Refused(N_("点评的是您或者作者本人，请由另一位支部委员办理，或者改选被点评的党员。"))
    _as_written(session, comment, member)
    _decide(session, actor, comment, "published", "", now)
    session.add(
        PublishedComment(
            id=comment.id,
            unit_id=unit.id,
            member_id=member.id,
            member=member.name,
            author=comment.author,
            text=comment.text,
            at=now,
        )
    )
    session.flush()


def _as_written(session: Session, comment: Comment, member: Member) -> None:
    """Raises Refused where the author wrote another member's full name: under his own name it stays so."""
    about = "".join(comment.about.split())
    written = select(Member.id).where(Member.unit_id == comment.unit_id, Member.name == about)
    if member.name != about and session.scalars(written).first() is not None:
        raise Refused(
            N_("点评写的是“%(about)s”，不能改成别人公布；请选“%(about)s”，或者不公布并写明理由。"),
            about=about,
        )


def decline(
    session: Session, actor: SignedIn, unit: Unit, comment_id: UUID, reason: str, now: datetime
) -> None:
    """Do not publish it; its author reads why. Not by whom it may be about. Raises Refused, Absent."""
    comment = _waiting(session, actor, unit, comment_id)
    if may_mean(session, actor, comment):
        raise Refused(N_("点评的可能是您本人，请由另一位支部委员办理。"))
    _decide(session, actor, comment, "declined", _given(reason), now)


def may_mean(session: Session, actor: SignedIn, comment: Comment) -> bool:
    """Whether a comment may be about the asker: its author wrote a name or something like one.

    It is not where it is another's full name; else a part of the asker's name or title is enough.
    """
    if actor.person_id is None:
        return False
    about = "".join(comment.about.split())
    query = select(Member.name).where(Member.unit_id == comment.unit_id)
    others = session.scalars(query.where(Member.id != actor.person_id)).all()
    own = session.scalars(query.where(Member.id == actor.person_id)).first() or actor.name
    if about == own or about not in others:
        return bool(set(about) & set(own)) or any(about in title or title in about for title in actor.titles)
    return False


def withdraw(
    session: Session, actor: SignedIn, unit: Unit, comment_id: UUID, reason: str, now: datetime
) -> None:
    """Take a published comment down again, with a reason. Raises Refused, Absent."""
    shown = session.get(PublishedComment, comment_id, with_for_update=True, populate_existing=True)
    comment = session.get(Comment, comment_id, with_for_update=True, populate_existing=True)
    if shown is None or comment is None or shown.unit_id != unit.id:
        raise Absent
    if actor.person_id in (shown.member_id, comment.author_id):
        raise Refused(N_("点评的是您或者作者本人，请由另一位支部委员办理，或者改选被点评的党员。"))
    if shown.taken_down_at is not None:
        raise Refused(N_("已经撤下了。"))
    shown.taken_down_at = now
    _decide(session, actor, comment, "withdrawn", _given(reason), now)


def reply(session: Session, actor: SignedIn, unit: Unit, comment_id: UUID, text: str, now: datetime) -> None:
    """The answer of whom it is about; once. Raises Refused, Absent."""
    shown = session.get(PublishedComment, comment_id, with_for_update=True, populate_existing=True)
    if shown is None or shown.unit_id != unit.id or shown.taken_down_at is not None:
        raise Absent
    if actor.person_id != shown.member_id:
        raise Absent
    if shown.replied_at is not None:
        raise Refused(N_("已经回复过了。"))
    shown.reply, shown.replied_at = text.strip(), now
    session.flush()


def published(session: Session, unit_id: UUID) -> Sequence[PublishedComment]:
    """What the branch's members may read, newest first."""
    query = (
        select(PublishedComment)
        .where(PublishedComment.unit_id == unit_id, PublishedComment.taken_down_at.is_(None))
        .order_by(PublishedComment.at.desc())
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def comments(session: Session, unit_id: UUID, *states: str) -> Sequence[Comment]:
    """Comments in these states that the asker may see (a member: own ones), oldest first."""
    query = select(Comment).where(Comment.unit_id == unit_id, Comment.state.in_(states))
    return session.scalars(query.order_by(Comment.at)).all()


def _waiting(session: Session, actor: SignedIn, unit: Unit, comment_id: UUID) -> Comment:
    found = session.get(Comment, comment_id, with_for_update=True, populate_existing=True)
    if found is None or found.unit_id != unit.id:
        raise Absent
    if found.state != "waiting":
        raise Refused(N_("这条点评已经办理过。"))
    if found.author_id == actor.person_id:
        raise Refused(N_("自己写的点评，请由另一位支部委员审。"))
    return found


def _given(reason: str) -> str:
    if not reason.strip():
        raise Refused(N_("请写明理由，作者会看到。"))
    return reason.strip()


def _decide(
    session: Session, actor: SignedIn, comment: Comment, state: str, reason: str, now: datetime
) -> None:
    comment.state, comment.reason = state, reason
    comment.decided_by, comment.decided_at = actor.name, now
    session.flush()
    audit.record(session, now, actor.account_id, comment.unit_id, f"comment.{state}", str(comment.id))
