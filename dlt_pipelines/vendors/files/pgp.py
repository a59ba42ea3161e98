"""Files that are encrypted for the firm: decrypted with its key, by gpg."""

import tempfile
from pathlib import Path

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import HOME, Instance
from dlt_pipelines.vendors.files.refusal import Refusal


def decrypt(instance: Instance, source: Path, target: Path) -> None:
    """Write what ``source`` says in clear to ``target``.

    Options: pgp_key_file (the private key, armoured), pgp_password where it has one.
    Raises ConfigurationError where the key cannot be used, Refusal for a file that is
    cut, changed or for another key.
    """
    key = HOME / instance.option("pgp_key_file")
    password = str(instance.options.get("pgp_password") or "")
    try:
        import gnupg  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigurationError(
            "an encrypted file cannot be read: python-gnupg is not installed",
            'install Tieout with its extra «files»: pip install "tieout[files]".',
        ) from error
    # A keyring of its own for each file: nothing of the key stays.
    with tempfile.TemporaryDirectory(prefix="tieout-") as ring:
        try:
            gpg = gnupg.GPG(gnupghome=ring)
            imported = gpg.import_keys(key.read_text(), passphrase=password or None)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"pgp_key_file of {instance.name} or gpg cannot be used "
                f"({type(error).__name__})",
                "name the private key's armoured file, and install gnupg.",
            ) from error
        if not imported.sec_imported and not imported.fingerprints:
            raise ConfigurationError(
                f"pgp_key_file of {instance.name} holds no private key",
                "export it with `gpg --armor --export-secret-keys`.",
            )
        done = gpg.decrypt_file(
            str(source),
            output=str(target),
            passphrase=password or None,
            always_trust=True,
        )
    if not done.ok:
        target.unlink(missing_ok=True)
        raise Refusal(f"it cannot be decrypted ({done.status or 'it is cut short'})")
