"""The signed HTTP API as any client may speak it, with the Python standard library alone."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import urllib.parse


def read_properties(path):
    """The `key = value` lines of a client.properties file."""
    found = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "!")):
            key, _, value = line.partition("=")
            found[key.strip()] = value.strip()
    return found


def _unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")


def signed_headers(key, secret, verb, target, body=b"", now=None):
    """The headers that authenticate one request; `now` is an aware datetime."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    date = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    digest = _unpadded(hashlib.md5(body).digest()) if body else ""
    path, question, query = target.partition("?")
    resource = urllib.parse.unquote(path) + question + query
    text = f"{verb}\n{digest}\n{date}\n{resource}\n".encode()
    signature = _unpadded(hmac.new(secret.encode(), text, hashlib.sha256).digest())
    headers = {"Date": date, "Authorization": f"Retz-auth-v1 {key}:{signature}"}
    if body:
        headers.update({"Content-MD5": digest, "Content-Type": "application/json"})
    return headers


class Refused(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]!r}")
        self.status = status


class Connection:
    """One kept connection with one user's keys. Threads: one at a time."""

    def __init__(self, properties, timeout=10):
        self.properties = properties
        self.address = urllib.parse.urlsplit(properties["retz.server.uri"]).netloc
        self.timeout = timeout
        self.wire = None

    def connect(self):
        """Error: OSError when nobody listens."""
        if self.wire is None:
            self.wire = http.client.HTTPConnection(self.address, timeout=self.timeout)
            self.wire.connect()

    def close(self):
        if self.wire is not None:
            self.wire.close()
        self.wire = None

    def call(self, verb, target, document=None, headers=None, sent=None):
        """The body of the answer as JSON, or as bytes; `sent` is called once the whole request is
        on the wire. Error: Refused, OSError, HTTPException."""
        body = json.dumps(document).encode() if document is not None else b""
        signed = signed_headers(self.properties["retz.access.key"],
                                self.properties["retz.access.secret"], verb, target, body)
        try:
            self.connect()
            self.wire.request(verb, target, body or None, {**signed, **(headers or {})})
            if sent is not None:
                sent()
            answer = self.wire.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.status // 100 != 2:
            raise Refused(answer.status, content)
        is_json = (answer.getheader("Content-Type") or "").startswith("application/json")
        return json.loads(content) if is_json and content else content
