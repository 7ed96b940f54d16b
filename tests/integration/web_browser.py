"""A browser as far as a sign-in page needs one: keeps cookies, fills forms, follows redirects or shows them. Standard
library only."""

import http.client
import ssl
import urllib.parse
from html.parser import HTMLParser


class Page(HTMLParser):
    """An answer: its headers, its text, and its first form."""

    def __init__(self, url, answer):
        super().__init__()
        self.url, self.status, self.headers, self.body = url, answer.status, answer.headers, answer.read().decode()
        self.forms, self.action, self.fields, self.text = 0, None, {}, ""
        self.feed(self.body)

    @property
    def location(self):
        """Where a redirect leads; nothing when it is none."""
        return self.headers["Location"]

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms += 1
            if self.forms == 1:
                self.action = urllib.parse.urljoin(self.url, attributes.get("action", ""))
        if tag == "input" and attributes.get("name") and self.forms <= 1:
            self.fields[attributes["name"]] = attributes.get("value", "")

    def handle_data(self, data):
        self.text += data


class Browser:
    """`base` is what addresses without a host are relative to. Cookies belong to their host, and to nothing finer."""

    MOST_REDIRECTS = 10

    def __init__(self, base="", ca_file=None):
        self.base = base
        self.context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self.cookies = {}  # host and port → name → value

    def request(self, method, url, form=None, headers=None):
        """One request; a redirect is an answer like any other."""
        url = urllib.parse.urljoin(self.base, url)
        parts = urllib.parse.urlsplit(url)
        fields, cookies = dict(headers or {}), self.cookies.setdefault(parts.netloc, {})
        if cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.netloc, timeout=30, context=self.context)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        try:
            target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
            connection.request(method, target, body, fields)
            page = Page(url, connection.getresponse())
        finally:
            connection.close()
        for cookie in page.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            cookies[name] = value
        return page

    def open(self, url, form=None):
        """Where a request leads in the end."""
        page = self.request("GET" if form is None else "POST", url, form)
        for _ in range(self.MOST_REDIRECTS):
            if not page.location:
                return page
            page = self.request("GET", urllib.parse.urljoin(page.url, page.location))
        raise AssertionError(f"redirected more than {self.MOST_REDIRECTS} times, to {page.location} in the end")

    @staticmethod
    def filled(page, values):
        assert page.action is not None, page.body
        unknown = set(values) - set(page.fields)
        assert not unknown, f"the form has no {unknown}: {page.fields}"
        return {**page.fields, **values}

    def submit(self, page, **values):
        """Fills the page's form, posts it, and goes where that leads."""
        return self.open(page.action, self.filled(page, values))

    def post(self, page, **values):
        """The same, but goes nowhere."""
        return self.request("POST", page.action, self.filled(page, values))
