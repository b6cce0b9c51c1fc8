"""A person's server: it answers, and writes down the token that the Hub gave it."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlparse


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


Path("server-token").write_text(os.environ["JUPYTERHUB_API_TOKEN"])
HTTPServer(("127.0.0.1", urlparse(os.environ["JUPYTERHUB_SERVICE_URL"]).port), Answers).serve_forever()
