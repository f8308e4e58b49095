"""`python -m tests.engine.service.following SOCKET TOKEN ID`: a client that follows an edit.

Says the name of each event as it comes.
"""

from __future__ import annotations

import socket
import sys

if __name__ == "__main__":
    path, token, edit_id = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(
            f"GET /v1/edits/{edit_id}/events HTTP/1.1\r\nHost: flexit\r\n"
            f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
        )
        for line in connection.makefile():
            if line.startswith("event: "):
                sys.stdout.write(line.removeprefix("event: "))
                sys.stdout.flush()
