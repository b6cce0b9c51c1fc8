"""Runs a notebook through a user's own server of the Hub, over the same HTTP and web socket that a browser uses.

    python run_notebook.py HUB_ADDRESS ADMIN_TOKEN USER NOTEBOOK

Starts the server if it is not there, opens the notebook in the person's home, and runs its cells in order in a kernel.
Prints the number of cells that ran; a cell that raises ends it with the traceback and exit code 1.
"""

import asyncio
import json
import sys
import uuid

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

hub, admin_token, user, notebook = sys.argv[1:]


async def ask(method, url, token, body=None):
    request = HTTPRequest(
        url,
        method=method,
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
        body=json.dumps(body) if body is not None else ("" if method == "POST" else None),
        request_timeout=60,
    )
    response = await AsyncHTTPClient().fetch(request, raise_error=False)
    if response.code >= 400 and response.code != 409:
        raise SystemExit(f"{method} {url}: {response.code} {response.body.decode()[:500]}")
    return json.loads(response.body) if response.body else None


async def start_server():
    api = f"{hub}/hub/api/users/{user}"
    await ask("POST", api, admin_token)
    model = await ask("GET", api, admin_token)
    if not model["servers"].get("", {}).get("ready"):
        await ask("POST", f"{api}/server", admin_token)
        for _ in range(240):
            model = await ask("GET", api, admin_token)
            if model["servers"].get("", {}).get("ready"):
                break
            await asyncio.sleep(0.5)
        else:
            raise SystemExit("the server did not start within 120 s")
    return (await ask("POST", f"{api}/tokens", admin_token, {"note": "the lab suite", "expires_in": 3600}))[
        "token"
    ]


async def run_cell(socket, code):
    message_id = uuid.uuid4().hex
    header = {
        "msg_id": message_id,
        "msg_type": "execute_request",
        "username": user,
        "session": "suite",
        "version": "5.3",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "allow_stdin": False,
        "stop_on_error": True,
    }
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await socket.write_message(json.dumps(message))
    while True:
        text = await asyncio.wait_for(socket.read_message(), timeout=300)
        if text is None:
            raise SystemExit("the kernel's web socket was closed")
        answer = json.loads(text)
        if answer["parent_header"].get("msg_id") == message_id and answer["msg_type"] == "execute_reply":
            if answer["content"]["status"] != "ok":
                raise SystemExit("\n".join(answer["content"]["traceback"]))
            return


async def main():
    token = await start_server()
    server = f"{hub}/user/{user}"
    cells = (await ask("GET", f"{server}/api/contents/{notebook}", token))["content"]["cells"]
    folder = notebook.rpartition("/")[0]
    kernel = await ask("POST", f"{server}/api/kernels", token, {"name": "python3", "path": folder})
    url = f"{server.replace('http', 'ws', 1)}/api/kernels/{kernel['id']}/channels"
    socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {token}"}))
    ran = 0
    for cell in cells:
        if cell["cell_type"] == "code":
            await run_cell(socket, cell["source"])
            ran += 1
    print(ran)


asyncio.run(main())
