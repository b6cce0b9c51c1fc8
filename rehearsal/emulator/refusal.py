"""An error of a service of AWS."""

from moto.core.exceptions import ServiceException


class Refusal(ServiceException):
    """By its code and message. moto looks up an error's shape by its class's module, so this is not moto's own."""
