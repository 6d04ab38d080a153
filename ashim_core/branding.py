"""The logo: a small PNG that a worker made of an upload, kept as a file."""

import os
from pathlib import Path

from ashim_core.engine.task import TaskInput
from ashim_core.jobs.service import Jobs
from ashim_core.own import LOGO
from ashim_core.policy import Actor
from ashim_core.preferences import PreferenceStore


class Branding:
    """How one server presents itself.

    logo: where the logo lies if there is one.
    """

    def __init__(self, folder: Path, jobs: Jobs, preferences: PreferenceStore) -> None:
        self.logo = folder / "logo.png"
        self._jobs = jobs
        self._preferences = preferences

    def set_logo(self, actor: Actor, upload: TaskInput) -> None:
        """Make the logo from an upload. Raises what decoding a picture may raise."""
        with self._jobs.run_once(LOGO, upload) as result:
            made = Path(result.outputs[0].path)
            with made.open("rb") as file:
                os.fsync(file.fileno())
            self.logo.parent.mkdir(exist_ok=True)
            made.replace(self.logo)
        self._preferences.note_logo(actor, there=True)

    def delete_logo(self, actor: Actor) -> None:
        """Remove the logo."""
        self.logo.unlink(missing_ok=True)
        self._preferences.note_logo(actor, there=False)
