"""What every place that keeps the secret key can do."""

from typing import Protocol

from kaufland_cli.secrets.secret_key import SecretKey


class SecretStore(Protocol):
    """One place for one secret key. Opening it touches nothing; the methods do, and raise what they meet."""

    @property
    def name(self) -> str:
        """Its name in the settings (`secret.store`)."""
        ...

    @property
    def place(self) -> str:
        """Where the secret key lies, for the middle of a sentence, for example `the file /home/ada/secret`."""
        ...

    @property
    def writable(self) -> bool:
        """Whether this program keeps the secret key there; otherwise it only reads it, and `save` refuses."""
        ...

    def probe(self) -> None:
        """Find out whether the place works here, leaving it as it was.

        A writable place is given a random value, which is read back and deleted; another one is read.
        Raises `SecretStoreFailed`, and `SecretMissing` where a place that is only read holds nothing.
        """
        ...

    def fetch(self) -> SecretKey:
        """Return the secret key. Raises `SecretMissing` or `SecretStoreFailed`."""
        ...

    def save(self, secret: SecretKey) -> None:
        """Keep the secret key, in place of an older one, and make sure that it is there. Raises `SecretStoreFailed`."""
        ...

    def delete(self) -> bool:
        """Delete the secret key and tell whether there was one. Raises `SecretStoreFailed`."""
        ...
