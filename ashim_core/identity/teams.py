"""Teams: who belongs together."""

import time

from peewee import JOIN, Database, fn

from ashim_core.errors import NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.lookup import DEFAULT_TEAM_ID
from ashim_core.identity.names import compared, refuse_taken
from ashim_core.identity.records import CreatedTeam, TeamList, TeamRecord, moment
from ashim_core.ids import new_id
from ashim_core.policy import Actor
from ashim_core.store.database import Store
from ashim_core.store.models import Team, User


class Teams:
    """The teams of one server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> TeamList:
        """Give all teams with the number of their members, by name."""
        members = fn.COUNT(User.id).alias("members")
        counted = (
            Team.select(Team, members)
            .join(User, JOIN.LEFT_OUTER, on=(User.team == Team.id) & ~User.builtin)
            .group_by(Team)
            .order_by(Team.name_key)
        )
        with self._store.reading() as db:
            return TeamList(
                teams=[
                    TeamRecord(
                        id=row.id,
                        name=row.name,
                        member_count=row.members,
                        created_at=moment(row.created),
                    )
                    for row in counted.execute(db)
                ]
            )

    def create(self, actor: Actor, name: str) -> CreatedTeam:
        """Make a team. Raises Conflict, or ValidationFailed for a name that looks like another."""
        with self._store.writing() as db:
            _refuse_taken(db, name)
            team_id = new_id()
            Team.insert(
                id=team_id, name=name, name_key=compared(name), created=time.time()
            ).execute(db)
            audit.record(db, actor, "TEAM_CREATED", "team", team_id, name=name)
            return CreatedTeam(id=team_id, name=name)

    def rename(self, actor: Actor, team_id: str, name: str) -> None:
        """Give a team another name. Raises NotFound, Conflict, ValidationFailed."""
        with self._store.writing() as db:
            old = _find(db, team_id)
            _refuse_taken(db, name, but=team_id)
            Team.update(name=name, name_key=compared(name)).where(Team.id == team_id).execute(db)
            audit.record(db, actor, "TEAM_UPDATED", "team", team_id, name=name, before=old.name)

    def delete(self, actor: Actor, team_id: str) -> None:
        """Delete an empty team. Raises NotFound, ValidationFailed."""
        with self._store.writing() as db:
            team = _find(db, team_id)
            if team_id == DEFAULT_TEAM_ID:
                raise ValidationFailed("The default team can't be deleted.")
            if User.select().where(User.team == team_id).exists(db):
                raise ValidationFailed(f"The team '{team.name}' has members; move them first.")
            Team.delete().where(Team.id == team_id).execute(db)
            audit.record(db, actor, "TEAM_DELETED", "team", team_id, name=team.name)


def _find(db: Database, team_id: str) -> Team:
    team: Team | None = Team.select().where(Team.id == team_id).first(db)
    if team is None:
        raise NotFound("There is no such team.")
    return team


def _refuse_taken(db: Database, name: str, but: str = "") -> None:
    others = Team.select().where(Team.id != but).execute(db)
    refuse_taken(name, [row.name for row in others], "team")
