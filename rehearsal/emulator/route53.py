"""Route 53: a zone's own name servers go with it."""

from moto.route53.models import FakeZone, Route53Backend

from .overlay import lay_over

_delete_hosted_zone = Route53Backend.delete_hosted_zone


def delete_hosted_zone(self: Route53Backend, id_: str) -> FakeZone | None:
    zone = _delete_hosted_zone(self, id_)
    # One without an id was made for this zone alone; the others can be used again.
    for key, each in list(self.delegation_sets.items()):
        if zone and each is zone.delegation_set and each.id == "":
            del self.delegation_sets[key]
    return zone


def extend() -> None:
    lay_over(Route53Backend, delete_hosted_zone=delete_hosted_zone)
