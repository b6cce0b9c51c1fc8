"""Starts the emulator: `python -m emulator`, with this folder's parent as the working directory.

It prints one line of JSON with its endpoint when it answers, and ends when its standard input does: with its starter,
however that ended.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def main() -> None:
    # Read when moto is imported: the roles of a cluster attach policies that AWS manages.
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    # Seconds until a certificate's proof is believed.
    os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "1")
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    from emulator.extensions import extend
    from emulator.inventory import inventory

    extend()
    aws = DomainDispatcherApplication(create_backend_app)
    # moto's models are not made for two requests at one time, and Terraform sends ten.
    turn = threading.Lock()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/rehearsal/inventory":
            with turn:
                return aws(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(inventory()).encode()]

    # Port 0 lets the system choose one that is free.
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=end_with_starter, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


def end_with_starter() -> None:
    sys.stdin.read()
    # Nothing to save, and threads that still answer must not keep it alive.
    os._exit(0)


main()
