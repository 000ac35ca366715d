"""``sertantai security alerts test``"""

import sys

from sertantai.cli.options import settings_of
from sertantai.cli.output import complain, say


def alerts_test() -> None:
    """Send a test alert to everybody in alert_urls, now, and say whether it arrived."""
    from sertantai.security.alerting import AppriseDelivery
    from sertantai.web.pages.admin.security import test_alert

    urls = settings_of().alert_urls
    if not urls:
        complain("nobody is named: set SERTANTAI_ALERT_URLS to a JSON list of Apprise URLs.")
        sys.exit(1)
    if not AppriseDelivery(urls).deliver(test_alert()):
        complain("the alert was not delivered to everybody; the lines above say why.")
        sys.exit(1)
    say(f"delivered to {len(urls)} of {len(urls)}")
