"""As much of curl as the pages use, so that their commands run on a machine without it: -s -S -f -X -H -d URL.

In: the command line. Out: the answer's body on standard output, its status as a line on standard error. Installed as
`curl` in the path of the tests' shell.
"""

import sys
import urllib.error
import urllib.request


def main(arguments: list[str]) -> int:
    """Send one request."""
    method, headers, url, data = "", {}, "", None
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "-X":
            method = next(waiting)
        elif argument == "-H":
            name, _, value = next(waiting).partition(":")
            headers[name] = value.strip()
        elif argument == "-d":
            data = next(waiting).encode()
        elif argument.startswith("-"):
            assert set(argument[1:]) <= set("sS"), argument
        else:
            url = argument
    request = urllib.request.Request(url, data, headers, method=method or ("GET" if data is None else "POST"))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as problem:
        with problem:
            status, body = problem.code, problem.read()
    sys.stdout.write(body.decode())
    sys.stderr.write(f"{request.get_method()} {status}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
