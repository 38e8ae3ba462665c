"""Who issues our own tokens, where there is to be an issuer."""

from push.login.issuer import Claims, PasswordIssuer
from push.settings import PushSettings


def password_issuer(settings: PushSettings) -> PasswordIssuer | None:
    """Our own issuer, where there is to be one; raises `ValueError` or `BadUsers` when it cannot be."""
    if settings.login_users_file is None or settings.login_key_file is None:
        return None
    return PasswordIssuer(
        settings.login_users_file,
        settings.login_key_file,
        Claims(
            settings.jwt_issuer,
            settings.jwt_audience,
            settings.tenant,
            settings.login_token_s,
            settings.login_session_s,
        ),
        user_attempts=settings.login_user_attempts,
        address_attempts=settings.login_address_attempts,
    )
