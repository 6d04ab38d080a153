"""Whatever is killed while files are kept, none that was acknowledged is lost."""

from pathlib import Path

from tests.resilience.uploads import VICTIMS, Campaign, table

KILLS = 2 * len(VICTIMS)
SEED = 5


def test_no_file_that_was_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    report = Campaign(tmp_path / "data", SEED).run(KILLS)
    assert not report.losses, table(report)
    assert report.kills.keys() == set(VICTIMS)
    assert report.files["kept, versions"] > KILLS
    assert report.answers["upload 201"] > KILLS
