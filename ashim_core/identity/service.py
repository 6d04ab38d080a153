"""Everything about identity of one server, in one place."""

from ashim_core.config import Config
from ashim_core.identity import audit, first_start
from ashim_core.identity.accounts import Accounts
from ashim_core.identity.external import Externals
from ashim_core.identity.keys import Keys
from ashim_core.identity.roles import Roles
from ashim_core.identity.sessions import Sessions
from ashim_core.identity.teams import Teams
from ashim_core.identity.tokens import Tokens
from ashim_core.store.database import Store


class Identity:
    """Accounts, sessions, API keys, teams and roles."""

    def __init__(self, store: Store, config: Config) -> None:
        first_start.prepare(store, config)
        self.accounts = Accounts(store, config)
        self.sessions = Sessions(store, config)
        self.tokens = Tokens(store, config)
        self.externals = Externals(store, config)
        self.keys = Keys(store)
        self.teams = Teams(store)
        self.roles = Roles(store)
        self._store = store
        self._audit_days = config.audit_days

    def sweep(self) -> None:
        """Forget what has expired."""
        self.sessions.purge()
        audit.forget(self._store, self._audit_days)
