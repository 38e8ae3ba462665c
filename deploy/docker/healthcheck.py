"""Exit status 0 when the service in this container is ready; else 1, and the reason on stdout (`docker inspect`).

Asked every few seconds for ever, so it loads next to nothing: a probe takes 20 ms of a processor.
"""

import os
import socket
import sys

PATH = "/readyz"
DEADLINE_S = 2.0


def main() -> int:
    """Ask once."""
    try:
        answer = ask(int(os.environ["TRUNKLINE_HEALTH_PORT"]))
    except OSError as error:
        print(error)
        return 1
    status, _, rest = answer.partition("\r\n")
    print(rest.partition("\r\n\r\n")[2])
    return 0 if status.split()[1:2] == ["200"] else 1


def ask(port: int) -> str:
    """The whole answer of the health port."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.decode()


if __name__ == "__main__":
    sys.exit(main())
