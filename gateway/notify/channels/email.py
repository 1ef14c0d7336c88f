"""`mailto://` and `mailtos://`: e-mail with our own Message-ID, so that a repeat is one message in the mailbox.

The address is read by Apprise and means what it means there; the sending is our own, because Apprise makes up a new
Message-ID each time and does not say why it failed. A message that Apprise is to sign or encrypt is left to Apprise.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, localtime
from typing import Any

from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import Notice
from gateway.notify.address import masked, scheme
from gateway.notify.channels.apprise import service, silence
from gateway.notify.threads import in_thread


class EmailChannel:
    """Sends over SMTP in threads of its own."""

    def __init__(self, *, timeout_s: float = 15.0) -> None:
        silence()
        self._timeout_s = timeout_s

    def handles(self, address: str) -> bool:
        """Whether it is an e-mail address in Apprise's form that asks for nothing but sending."""
        return scheme(address) in {"mailto", "mailtos"} and not any(ask in address for ask in ("pgp=", "wkd="))

    async def send(self, notice: Notice) -> None:
        """Return once the mail server has taken it for at least one recipient."""
        await in_thread(lambda: _send(notice, self._timeout_s))


def _send(notice: Notice, timeout_s: float) -> None:
    mail = service(notice.channel)
    message = _message(notice, mail)
    everyone = [address for _, address in mail.targets] + sorted(mail.cc) + sorted(mail.bcc)
    server = _connect(mail, timeout_s, masked(notice.channel))
    try:
        server.send_message(message, mail.from_addr[1], everyone)
    except smtplib.SMTPRecipientsRefused as error:
        _refused(max(code for code, _ in error.recipients.values()), "every recipient")
    except smtplib.SMTPSenderRefused as error:
        _refused(error.smtp_code, "the sender's address")
    except smtplib.SMTPDataError as error:
        _refused(error.smtp_code, "the message")
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _connect(mail: Any, timeout_s: float, shown: str) -> smtplib.SMTP:  # noqa: ANN401 - Apprise has no types
    context = ssl.create_default_context()
    if not mail.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    server: smtplib.SMTP | None = None
    try:
        if mail.secure_mode == "ssl":
            server = smtplib.SMTP_SSL(mail.smtp_host, mail.port, timeout=timeout_s, context=context)
        else:
            server = smtplib.SMTP(mail.smtp_host, mail.port, timeout=timeout_s)
            if mail.secure_mode == "starttls":
                server.starttls(context=context)
        if mail.user and mail.password:
            server.login(mail.user, mail.password)
    except (OSError, smtplib.SMTPException) as error:
        if server is not None:
            server.close()
        if isinstance(error, smtplib.SMTPAuthenticationError):
            raise FixConfiguration(f"the mail server of {shown} refused user or password: correct them") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise FixConfiguration(f"the certificate of the mail server of {shown} is not valid") from error
        raise TryLater(f"the mail server of {shown} cannot be used now ({type(error).__name__})") from error
    return server


def _refused(code: int, what: str) -> None:
    text = f"the mail server refused {what} (code {code})"
    raise (GiveUp(text) if code >= 500 else TryLater(text))


def _message(notice: Notice, mail: Any) -> EmailMessage:  # noqa: ANN401 - Apprise has no types
    message = EmailMessage()
    message["Message-ID"] = notice.message_id
    message["Subject"] = " ".join(notice.title.split())
    message["From"] = formataddr((mail.from_addr[0] or "Keepwell", mail.from_addr[1]))
    message["To"] = ", ".join(formataddr((name or "", address)) for name, address in mail.targets)
    if mail.cc:
        message["Cc"] = ", ".join(sorted(mail.cc))
    if mail.reply_to:
        message["Reply-To"] = ", ".join(sorted(mail.reply_to))
    message["Date"] = format_datetime(localtime())
    message["Auto-Submitted"] = "auto-generated"
    message["X-Keepwell-Home"] = notice.home
    for name, value in mail.headers.items():
        if name not in message:
            message[name] = value
    message.set_content(notice.body)
    return message
