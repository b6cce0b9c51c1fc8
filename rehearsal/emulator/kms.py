"""KMS: keys that AWS makes for its services are nobody's to remove."""

from moto.kms.models import Alias, KmsBackend

from .inventory import of_aws
from .overlay import lay_over

_create_alias = KmsBackend.create_alias


def create_alias(self: KmsBackend, target_key_id: str, alias_name: str) -> Alias:
    alias = _create_alias(self, target_key_id, alias_name)
    if alias_name.startswith("alias/aws/"):
        of_aws(alias)
        of_aws(self.describe_key(target_key_id))
    return alias


def extend() -> None:
    lay_over(KmsBackend, create_alias=create_alias)
