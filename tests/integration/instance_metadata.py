"""An EC2 instance's metadata service, version 2, on loopback."""

import http.server

from serving import serve


class InstanceMetadata:
    """Its kinds say what it answers: `token(path, ttl)` and `value(name, token)` return a status and a text. Use it in a
    `with` block."""

    def __init__(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                self.answer(*service.token(self.path, self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")))

            def do_GET(self):
                name = self.path.removeprefix("/latest/meta-data/")
                status, text = service.value(name, self.headers.get("X-aws-ec2-metadata-token"))
                self.answer(status, text)
                service.answered(name, status)

            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def answered(self, name, status):
        pass

    def __enter__(self):
        serve(self.server)
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
