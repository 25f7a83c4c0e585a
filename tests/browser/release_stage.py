"""A desk in front of a browser, on which Ben has a clean text ready and Carla is the second person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import people
from storage.keys import read_pepper
from storage.signing import verifying_pem
from storage.signing_key import PUBLIC_FILE, make_signing_key
from tests.browser.stage import Stage, serve_house
from tests.desk.releases import Stage as Releasing
from tests.desk.releases import write_line
from tests.desk.staff import PASSWORD
from tests.releasing.desks import squad


@contextmanager
def set_release_stage(folder: Path, port: int) -> Iterator[tuple[Stage, Releasing]]:
    """Serve a desk with two teams, a signing key, and a report that can be proposed."""
    folder.mkdir(exist_ok=True)
    north = squad("standards", units=("PSD",), people=("Inspector Hale",))
    south = squad("counter-corruption", "Southshire Constabulary")
    write_line(folder / "line.toml", (north.team, south.team))
    with serve_house(folder, port, line_file=folder / "line.toml") as house:
        pepper = read_pepper(house.keys.folder / "pepper")
        with house.database.write() as connection:
            new = people.add_person(
                connection, name="Carla", alias="Carla", role="supervisor", password=PASSWORD, pepper=pepper
            )
            carla = new.person
            people.admit(connection, member=carla.person_id, public_key=carla.public_key, group=house.keys.desk)
            pem = house.keys.folder / PUBLIC_FILE
            pem.write_bytes(verifying_pem(make_signing_key(connection, house.keys.desk)))
        house.totp["Carla"] = new.totp_secret.decode()
        releasing = Releasing(house, (north, south))
        yield Stage(house, house.settings.desk_base, releasing.ready()), releasing
