"""Whatever is killed under load, nothing that was promised is lost."""

from pathlib import Path

from tests.resilience.kills import VICTIMS, Campaign, table

KILLS = len(VICTIMS)
SEED = 3


def test_nothing_that_was_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    report = Campaign(tmp_path / "data", SEED).run(KILLS)
    assert not report.losses, table(report)
    assert report.kills.keys() == set(VICTIMS)
    assert report.answers["200"] > KILLS
    assert report.jobs["completed"] > KILLS
