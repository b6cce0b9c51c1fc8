"""Copies of homes by restic in a locked bucket of a real S3 server, and their way back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backup_place import KEEP_DAYS, until
from botocore.exceptions import ClientError
from homes_place import BUCKET, HomesPlace, kill, place, s3, tree

from open_mlops.backup.homes import volume
from open_mlops.backup.homes.__main__ import chosen
from open_mlops.backup.homes.months import Months
from open_mlops.backup.store import TIME, BackupError

__all__ = ["place", "s3"]


def next_second(said: dict[str, Any]) -> None:
    while datetime.now(UTC).strftime(TIME) == said["time"]:
        time.sleep(0.05)


def test_what_is_lost_comes_back_in_a_folder_and_what_is_there_stays(place: HomesPlace) -> None:
    before = tree(place.home)
    copied = place.copy()
    assert (copied["event"], copied["files"], copied["left_out"]) == ("copied", 5, 0)
    assert tree(place.home) == before, "a copy writes nothing to a home"
    shutil.rmtree(place.home / "work")
    (place.home / "work").write_text("mine")
    restored = place.restore(copied)
    assert restored["into"] == f"restored-{copied['time']}"
    assert tree(place.home / restored["into"]) == before
    assert (place.home / "work").read_text() == "mine"
    assert (place.home / ".cache/pip/wheel").exists() and not (
        place.home / restored["into"] / ".cache"
    ).exists()
    # What somebody has restored twice is there twice, and nothing is written over.
    assert place.restore(copied)["into"] == f"restored-{copied['time']}-2"


def test_an_empty_home_is_as_it_was_again(place: HomesPlace, tmp_path: Path) -> None:
    before = tree(place.home)
    copied = place.copy()
    new = tmp_path / "new"
    (new / "lost+found").mkdir(parents=True)
    assert place.restore(copied, new)["into"] == "."
    assert tree(new) == before
    assert sorted(each.name for each in new.iterdir()) == [".ssh", "empty", "lost+found", "work"]


def test_a_person_is_told_by_name_and_a_time_chooses_the_last_copy_before_it(place: HomesPlace) -> None:
    first = place.copy()
    (place.home / "later").write_text("later")
    next_second(first)
    second = place.copy()
    assert second["added"] < 20_000, "what is there already is not written again"
    listed = place.manager("list", "--home", "ada, Countess")
    assert [(each["time"], each["files"]) for each in listed] == [(first["time"], 5), (second["time"], 6)]
    assert place.manager("list", "--home", "nobody") == []
    assert place.months.newest("claim-ada", first["time"]).snapshot == first["snapshot"]
    assert place.months.newest("claim-ada").snapshot == second["snapshot"]
    with pytest.raises(BackupError, match="no copy of claim-ada at 20200101T000000Z or before"):
        place.months.newest("claim-ada", "20200101T000000Z")


def test_a_file_that_cannot_be_read_is_told_and_keeps_no_other_from_the_copy(
    place: HomesPlace, tmp_path: Path
) -> None:
    for number in range(4):
        closed = place.home / (str(number) + "\U0001f680" * 60)
        closed.write_text("x")
        closed.chmod(0)
    message = tmp_path / "message"
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    program = [*command, "python", "-m", "open_mlops.backup.homes.volume", "copy", "--home", "claim-ada"]
    env = {
        **place.env,
        "HOME_VOLUME": str(place.home),
        "HOME_MESSAGE": str(message),
        "PATH": f"{Path(sys.executable).parent}:{place.env['PATH']}",
    }
    done = subprocess.run(program, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(message.read_text())
    assert (said["files"], said["left_out"], len(said["for_example"])) == (5, 4, 3)
    assert len(message.read_bytes()) < 4096, "the rest would be cut off"
    assert place.manager("drill")[0]["event"] == "proved"


def test_a_copy_that_was_killed_counts_for_nothing(place: HomesPlace) -> None:
    large(place)
    process = place.start("copy")
    until(lambda: bool(place.objects("claim-ada/" + datetime.now(UTC).strftime("%Y-%m") + "/data")), process)
    kill(process)
    assert place.manager("list") == []
    assert "there is something of" in place.manager("drill", code=1)[0]["reason"]
    assert place.copy()["files"] == 6
    assert [each["event"] for each in place.manager("drill")] == ["proved"]


def test_a_repository_of_which_a_killed_run_has_left_the_key_alone_is_made_anew(place: HomesPlace) -> None:
    place.copy()
    for key in place.objects():
        if "/keys/" not in key:
            place.client.delete_object(Bucket=BUCKET, Key=key)
    assert place.months.months("claim-ada") == []
    assert place.copy()["event"] == "copied"
    assert len(place.objects("claim-ada/" + datetime.now(UTC).strftime("%Y-%m") + "/keys/")) == 1
    assert place.manager("drill")[0]["event"] == "proved"


def test_a_restore_that_was_killed_leaves_nothing_half_and_can_be_run_again(place: HomesPlace) -> None:
    large(place)
    before = tree(place.home)
    copied = place.copy()
    process = place.start("restore", "--month", copied["month"], "--snapshot", copied["snapshot"])
    until(lambda: any(place.home.glob(".restoring-*/*")), process)
    kill(process)
    assert list(place.home.glob("restored-*")) == []
    into = place.restore(copied)["into"]
    assert tree(place.home / into) == before
    assert list(place.home.glob(".restoring-*")) == []


def test_a_restore_that_was_killed_while_it_moved_up_is_brought_to_its_end(
    place: HomesPlace, tmp_path: Path
) -> None:
    """As one killed between two entries of an empty home, whose person has come since and has made one."""
    copied = place.copy()
    new = tmp_path / "new"
    moving = new / f".moving-{copied['time']}"
    shutil.copytree(place.home, moving, symlinks=True, ignore=shutil.ignore_patterns("lost+found", ".cache"))
    (moving / ".ssh").rename(new / ".ssh")
    (new / "work").mkdir()
    volume.finish(new)
    assert (new / ".ssh/id").read_text() == "private"
    assert list((new / "work").iterdir()) == []
    kept = new / f"restored-{copied['time']}"
    assert tree(kept / "work") == tree(place.home / "work")
    assert not moving.exists()


def test_a_restore_says_how_much_room_it_lacks(place: HomesPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = place.copy()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 95, 5))
    with pytest.raises(BackupError, match=r"claim-ada has 5 bytes left and the copy needs 30000\d\d"):
        volume.restore(place.months, place.home, "claim-ada", copied["month"], copied["snapshot"])
    assert list(place.home.glob("*restor*")) == []


def test_a_drill_finds_a_block_that_is_not_what_was_written(place: HomesPlace) -> None:
    place.copy()
    [largest] = sorted(place.objects(), key=lambda key: size(place, key))[-1:]
    body = place.client.get_object(Bucket=BUCKET, Key=largest)["Body"].read()
    place.client.put_object(Bucket=BUCKET, Key=largest, Body=body[:1_000_000] + b"?" + body[1_000_001:])
    failed = place.manager("drill", code=1)[0]
    assert failed["event"] == "failed" and failed["home"] == "claim-ada"
    assert "restic dump of claim-ada" in failed["reason"]
    restored = place.job(
        "restore",
        *["--month", datetime.now(UTC).strftime("%Y-%m")],
        *["--snapshot", place.months.newest("claim-ada").snapshot],
        code=1,
    )
    assert restored["event"] == "failed"
    assert list(place.home.glob("restored-*")) == [], "what is not whole gets no name"


def test_a_new_month_takes_the_last_copy_over_from_the_bucket(place: HomesPlace) -> None:
    copied = place.copy()
    now = next_month()
    repository = place.months.this_month("claim-ada", now)
    assert [copy.snapshot != copied["snapshot"] for copy in repository.copies()] == [True]
    assert [(copy.time, copy.files) for copy in repository.copies()] == [(copied["time"], 5)]
    (place.home / "later").write_text("later")
    written = repository.write(str(place.home), "ada", "10Gi", volume.EXCLUDED)
    assert written.added < 20_000, "it finds in the new month what it took over"
    # The old month is not needed any more.
    for key in place.objects(f"claim-ada/{copied['month']}/"):
        place.client.delete_object(Bucket=BUCKET, Key=key)
    assert place.manager("drill")[0]["event"] == "proved"


def test_a_new_month_begins_anew_where_the_last_one_is_damaged(place: HomesPlace) -> None:
    copied = place.copy()
    for key in place.objects(f"claim-ada/{copied['month']}/index/"):
        place.client.put_object(Bucket=BUCKET, Key=key, Body=b"?")
    shutil.rmtree(place.env["HOME"])  # a pod begins without what another has cached
    repository = place.months.this_month("claim-ada", next_month())
    assert repository.copies() == []
    assert repository.write(str(place.home), "ada", "10Gi", volume.EXCLUDED).copy.files == 5


def test_all_that_a_copy_needs_is_locked_until_the_copys_time_is_over(place: HomesPlace) -> None:
    """Also for one of the last day of a month, which needs what was written on the first."""
    place.copy()
    for key in place.objects():
        head = place.client.head_object(Bucket=BUCKET, Key=key)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        of_the_last_day = head["LastModified"] + timedelta(days=30, hours=23)
        assert head["ObjectLockRetainUntilDate"] >= of_the_last_day + timedelta(days=KEEP_DAYS), key


def test_months_lose_their_names_when_their_time_is_over_and_a_lock_keeps_the_versions(
    place: HomesPlace,
) -> None:
    copied = place.copy()
    months, there = place.months, {"claim-ada"}
    late = next_month() + timedelta(days=31 + KEEP_DAYS)
    assert months.prune("claim-ada", KEEP_DAYS, late, there) == [], "the only month stays, however old"
    months.this_month("claim-ada", next_month())
    ended = next_month().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert months.prune("claim-ada", KEEP_DAYS, ended + timedelta(days=KEEP_DAYS), there) == []
    over = ended + timedelta(days=KEEP_DAYS, hours=1)
    assert months.prune("claim-ada", KEEP_DAYS, over, there) == [copied["month"]]
    assert place.objects(f"claim-ada/{copied['month']}/") == []
    assert months.newest("claim-ada").time == copied["time"]
    versions = place.client.list_object_versions(Bucket=BUCKET, Prefix=f"claim-ada/{copied['month']}/")
    data = [each for each in versions["Versions"] if "/data/" in each["Key"]]
    with pytest.raises(ClientError, match="AccessDenied"):
        place.client.delete_object(Bucket=BUCKET, Key=data[0]["Key"], VersionId=data[0]["VersionId"])
    assert months.prune("claim-ada", KEEP_DAYS, late, set()) == [next_month().strftime("%Y-%m")]
    assert place.objects() == [], "the home of a person who has left goes when its time is over"


def test_a_removal_that_was_killed_leaves_a_month_that_counts_for_nothing(place: HomesPlace) -> None:
    copied = place.copy()
    place.months.this_month("claim-ada", next_month())
    late = next_month() + timedelta(days=31 + KEEP_DAYS)

    class Killed(Months):
        def _remove(self, prefix: str) -> int:
            super()._remove(prefix)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Killed(place.client, BUCKET).prune("claim-ada", KEEP_DAYS, late, {"claim-ada"})
    assert place.months.months("claim-ada") == [next_month().strftime("%Y-%m")]
    assert place.months.prune("claim-ada", KEEP_DAYS, late, {"claim-ada"}) == [copied["month"]]


def next_month() -> datetime:
    return (datetime.now(UTC).replace(day=1) + timedelta(days=40)).replace(day=10)


def size(place: HomesPlace, key: str) -> int:
    return int(place.client.head_object(Bucket=BUCKET, Key=key)["ContentLength"])


def large(place: HomesPlace) -> None:
    """Enough to be killed in the middle of."""
    with open(place.home / "large", "wb") as file:
        for _ in range(100):
            file.write(os.urandom(1_000_000))


def test_what_somebody_with_the_jobs_keys_removed_or_wrote_over_comes_back(place: HomesPlace) -> None:
    before = tree(place.home)
    copied = place.copy()
    written = [key for key in place.objects() if "/locks/" not in key]
    for number, key in enumerate(written):
        if number % 2:
            place.client.delete_object(Bucket=BUCKET, Key=key)
        else:
            place.client.put_object(Bucket=BUCKET, Key=key, Body=b"gone")
    assert place.manager("drill", code=1)[-1]["event"] == "failed"
    undeleted = [each["key"] for each in place.manager("undelete")]
    assert sorted(undeleted) == written
    shutil.rmtree(place.env["HOME"])
    assert [each["event"] for each in place.manager("drill")] == ["proved"]
    assert tree(place.home / place.restore(copied)["into"]) == before
    assert place.manager("undelete") == [], "there is nothing more to bring back"


def test_homes_are_chosen_by_person_or_claim_and_a_wrong_name_is_told_with_the_right_ones(
    place: HomesPlace,
) -> None:
    copied = place.copy()
    for name in ("ada, Countess", "claim-ada"):
        assert [copy.snapshot for copy in chosen(place.months, [name], None)] == [copied["snapshot"]]
    assert [copy.home for copy in chosen(place.months, [], None)] == ["claim-ada"]
    place.client.put_object(Bucket=BUCKET, Key="claim-bob/2026-01/config", Body=b"?")
    with pytest.raises(
        BackupError, match="no home of bob; there are ada, Countess, and of claim-bob nothing"
    ):
        chosen(place.months, ["bob"], None)
    assert len(chosen(place.months, ["claim-ada"], None)) == 1, "what is damaged keeps no other from it"
