"""A browser as far as a sign-in page needs one: follows redirects, keeps cookies, fills forms. Standard library only."""

import http.client
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Page(HTMLParser):
    """The text of a page and its first form."""

    def __init__(self, url, status, body):
        super().__init__()
        self.url, self.status, self.body = url, status, body
        self.action, self.fields, self.text = None, {}, ""
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = urllib.parse.urljoin(self.url, attributes.get("action", ""))
        if tag == "input" and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value", "")

    def handle_data(self, data):
        self.text += data


class Browser:
    def __init__(self, ca_file=None):
        context = ssl.create_default_context(cafile=ca_file) if ca_file else None
        handlers = [urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})]
        if context:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self.opener = urllib.request.build_opener(*handlers)

    def open(self, url, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(url, data, timeout=30) as answer:
                return Page(answer.url, answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Page(error.url, error.code, error.read().decode())

    def submit(self, page, **values):
        assert page.action is not None, page.body
        unknown = set(values) - set(page.fields)
        assert not unknown, f"the form has no {unknown}: {page.fields}"
        return self.open(page.action, {**page.fields, **values})
