"""What containers and compose files say about a bot."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bots.compose_services import services_in, services_near
from app.bots.containers import (
    Container,
    Mount,
    containers_here,
    from_files,
    may_answer,
    parse_containers,
    ways_to,
)

SECRET = "hunter2swordfish"
INSPECTED = {
    "Name": "/ft",
    "Config": {
        "Image": "freqtradeorg/freqtrade:stable",
        "Entrypoint": ["freqtrade"],
        "Cmd": ["trade", "--db-url", "sqlite:////freqtrade/user_data/t.sqlite", "-c", SECRET],
        "Env": [f"FREQTRADE__EXCHANGE__KEY={SECRET}"],
        "WorkingDir": "/freqtrade",
        "Labels": {"com.docker.compose.project.working_dir": "/srv/ft"},
    },
    "Mounts": [
        {"Type": "bind", "Source": "/srv/ft/user_data", "Destination": "/freqtrade/user_data"},
        {"Type": "tmpfs", "Source": "", "Destination": "/cache"},
    ],
    "NetworkSettings": {
        "Ports": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}], "9/udp": None},
        "Networks": {"ft_default": {"Aliases": ["ft", "bot"], "IPAddress": "172.18.0.2"}},
    },
    "HostConfig": {"Tmpfs": {"/run": ""}},
}
COMPOSE = """
# Freqtrade
services:
  freqtrade:
    image: ${REPO:-freqtradeorg}/freqtrade:${TAG}   # pinned
    container_name: "ft"
    restart: unless-stopped
    volumes:
    - "./user_data:/freqtrade/user_data"
    - type: bind
      source: ${DATA}/logs
      target: /logs
    - type: tmpfs
      target: /cache
    environment:
      FREQTRADE__DB_URL: sqlite:////elsewhere/t.sqlite
    command: >
      trade
      --config /freqtrade/user_data/config.json
  other:
    image: redis
    volumes: ["/srv/redis:/data", 'named:/more']
    tmpfs: /tmp
  more:
    <<: *common
    image: redis
volumes:
  named: {}
"""


def _fake_docker(folder: Path, script: str) -> None:
    folder.mkdir()
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)


def test_a_container_is_what_it_is_made_of_without_its_secrets() -> None:
    (found,) = parse_containers(json.dumps([INSPECTED]).encode())
    assert found == Container(
        name="ft",
        image="freqtradeorg/freqtrade:stable",
        mounts=(
            Mount("/freqtrade/user_data", "/srv/ft/user_data"),
            Mount("/cache", "", memory=True),
            Mount("/run", "", memory=True),
        ),
        database="sqlite:////freqtrade/user_data/t.sqlite",
        trades=True,
        working="/freqtrade",
        project="/srv/ft",
        names=("bot", "ft"),
        ports=(("8080", "18080"),),
        addresses=("172.18.0.2",),
    )
    assert list(ways_to([found], "bot", "8080")) == [
        ("127.0.0.1", "18080"), ("172.18.0.2", "8080"),
    ]  # fmt: skip
    assert list(ways_to([found], "other", "8080")) == []
    assert SECRET not in repr(found)
    assert list(found.folders()) == [Path("/srv/ft/user_data"), Path("/srv/ft")]


def test_docker_is_asked_by_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "told.json").write_text(json.dumps([INSPECTED]))
    script = f"case $1 in ps) echo abc;; inspect) cat {tmp_path}/told.json; exit 1;; esac\n"
    _fake_docker(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    (found,) = containers_here(tmp_path, docker=tmp_path / "none")
    assert found.name == "ft"


@pytest.mark.parametrize("script", ["exit 1\n", "exec sleep 30\n"])
def test_a_docker_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    _fake_docker(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    container = tmp_path / "docker" / "containers" / "abc"
    container.mkdir(parents=True)
    points = {"/data": {"Type": "bind", "Source": "/srv/x"}}
    (container / "config.v2.json").write_text(
        json.dumps({"Name": "/x", "Config": {"Image": "y"}, "MountPoints": points})
    )
    start = time.monotonic()
    found = containers_here(tmp_path, docker=tmp_path / "docker", seconds=0.2)
    assert time.monotonic() - start < 10
    assert found == [Container(name="x", image="y", mounts=(Mount("/data", "/srv/x"),))]


def test_a_docker_that_is_not_there_is_not_looked_for(tmp_path: Path) -> None:
    nothing = {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    if not Path("/var/run/docker.sock").exists():
        assert not may_answer(tmp_path, nothing)
    assert may_answer(tmp_path, {"DOCKER_HOST": "unix:///x"})
    (tmp_path / "run" / "podman").mkdir(parents=True)
    (tmp_path / "run" / "podman" / "podman.sock").touch()
    assert may_answer(tmp_path, nothing)


def test_docker_files_that_cannot_be_read_tell_of_no_container(tmp_path: Path) -> None:
    broken = tmp_path / "docker" / "containers" / "def"
    broken.mkdir(parents=True)
    (broken / "config.v2.json").write_text('{"MountPoints": [')
    assert list(from_files(tmp_path / "docker")) == list(from_files(tmp_path / "none")) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["Name", "Config", "Mounts", "HostConfig", "Env", "Tmpfs", "Labels"]), inner
    ),
))  # fmt: skip
def test_any_json_is_read_as_what_docker_may_say(told: object) -> None:
    list(parse_containers(json.dumps(told).encode()))
    list(parse_containers(json.dumps([told]).encode()))


def test_the_services_of_a_compose_file(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    (tmp_path / ".env").write_text("TAG=2026.1\nexport DATA='/mnt/disk'  \nOTHER=x # y\n")
    ft, other, more = services_in(tmp_path)
    assert ft == Container(
        name="ft",
        image="freqtradeorg/freqtrade:2026.1",
        mounts=(
            Mount("/freqtrade/user_data", str(tmp_path / "user_data")),
            Mount("/logs", "/mnt/disk/logs"),
            Mount("/cache", "", memory=True),
        ),
        database="sqlite:////elsewhere/t.sqlite",
        trades=True,
        project=str(tmp_path),
    )
    assert set(other.mounts) == {
        Mount("/data", "/srv/redis"), Mount("/more", ""), Mount("/tmp", "", memory=True),
    }  # fmt: skip
    assert (other.trades, other.certain, more.certain) == (False, True, False)


def test_a_compose_file_above_counts_if_it_mounts_the_bot(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text(COMPOSE)
    assert [each.name for each in services_near(tmp_path / "user_data")] == ["ft"]
    assert services_near(tmp_path / "elsewhere") == []
    assert len(services_near(tmp_path)) == 3


@given(st.text(alphabet="ab:-[]{}'\"#&*|> \n\t${}", max_size=200))
def test_any_text_is_read_as_a_compose_file(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "compose"
    folder.mkdir(exist_ok=True)
    (folder / "compose.yml").write_text(f"services:\n  a:\n    image: x\n    {text}")
    services_in(folder)
