"""What a caller, a clumsy one and a hostile one meet at the door of domovoid. Prints TAP. Arguments: program, folder, count."""
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

PROGRAM, WORK, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
CONF, LOG = f"{WORK}/conf", f"{WORK}/log"
tests = failed = 0


def ok(good, name, said=""):
    global tests, failed
    tests += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {tests} - {name}")
    if not good and said != "":
        print("#   " + str(said)[:600].replace("\n", "\n#   "))


def equal(got, want, name):
    ok(got == want, name, f"got {got!r}, want {want!r}")


class Server:
    def __init__(self, *sets):
        self.log_at = os.path.getsize(LOG) if os.path.exists(LOG) else 0
        argv = [PROGRAM, "--config", CONF] + [w for s in sets for w in ("--set", s)]
        self.errors = open(f"{WORK}/stderr", "ab")
        self.process = subprocess.Popen(argv, stderr=self.errors)
        self.wait(lambda: len(re.findall(r'"event":"(?:listening|metrics)"', self.log())) >= 4 or self.process.poll() is not None)
        urls = re.findall(r'"event":"(?:listening|metrics)","url":"([^"]*)"', self.log())
        self.ports = [int(u.rsplit(":", 1)[1]) for u in urls if "unix" not in u]

    def log(self):
        if not os.path.exists(LOG):
            return ""
        with open(LOG) as f:
            f.seek(self.log_at)
            return f.read()

    @staticmethod
    def wait(fn, seconds=20):
        until = time.monotonic() + seconds
        while not (good := fn()) and time.monotonic() < until:
            time.sleep(0.02)
        return good

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "stuck"


def connect(port, family=socket.AF_INET):
    s = socket.socket(family)
    s.settimeout(12)
    s.connect(("127.0.0.1" if family == socket.AF_INET else "::1", port))
    return s


def read_all(s):
    data = b""
    try:
        while piece := s.recv(65536):
            data += piece
    except (ConnectionResetError, BrokenPipeError):
        data += b"<reset>"
    except TimeoutError:
        data += b"<timeout>"
    return data


def raw(port, text):
    """Sends the bytes and what comes back until the server closes or says nothing for a moment."""
    s = connect(port)
    s.sendall(text if isinstance(text, bytes) else text.encode())
    s.settimeout(1.5)
    data = b""
    try:
        while piece := s.recv(65536):
            data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if length and len(body) >= int(length[1]):
                break
    except (TimeoutError, ConnectionResetError):
        pass
    s.close()
    return data


def status(data):
    found = re.match(rb"HTTP/1\.1 (\d+)", data)
    return int(found[1]) if found else data[:60]


def code(data):
    try:
        return json.loads(data.partition(b"\r\n\r\n")[2])["code"]
    except (ValueError, KeyError):
        return None


def ask(port, method="GET", path="/healthz", body=None, headers=None, sock=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=12)
    if sock:
        c.sock = sock
    c.request(method, path, body, headers or {})
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, dict((k.lower(), v) for k, v in r.getheaders()), data


def plain(server):
    port = server.ports[0]
    st, head, body = ask(port)
    equal((st, json.loads(body)), (200, {"status": "ok"}), "alive")
    ok(re.fullmatch("[0-9a-f]{32}", head["domovoi-trace-id"]), "a trace in the answer")
    ok(abs(int(head["domovoi-server-time"]) / 1000 - time.time()) < 60, "the server's time")
    equal((head["cache-control"], head["x-content-type-options"]), ("no-store", "nosniff"), "nothing is kept or guessed")
    equal(ask(port, "HEAD")[2], b"", "HEAD has no body")
    equal(ask(port, "GET", "/readyz")[0], 200, "ready: the database answers")
    equal(ask(port, headers={"X-Request-Id": "0AF7651916CD43DD8448EB211C80319C"})[1]["domovoi-trace-id"],
          "0af7651916cd43dd8448eb211c80319c", "a caller's own request id is the trace")
    equal(ask(port, headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-01"})[1]["domovoi-trace-id"],
          "0af7651916cd43dd8448eb211c80319d", "... and the W3C's")
    ok(ask(port, headers={"X-Request-Id": "x\u00e9'}\""})[1]["domovoi-trace-id"].isalnum(), "a wild request id is not taken")
    s6 = connect(server.ports[1], socket.AF_INET6)
    equal(ask(0, sock=s6)[0], 200, "over IPv6")
    su = socket.socket(socket.AF_UNIX)
    su.connect(f"{WORK}/api.sock")
    equal(ask(0, sock=su)[0], 200, "over a Unix socket")
    equal(os.stat(f"{WORK}/api.sock").st_mode & 0o777, 0o660, "whose mode is 0660")
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    seen = set()
    for _ in range(20):
        c.request("GET", "/healthz")
        c.getresponse().read()
        seen.add(c.sock.getsockname() if c.sock else None)
    equal(len(seen), 1, "twenty requests on one connection")
    s = connect(port)
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    got = b""
    while got.count(b'"ok"}') < 3 and (piece := s.recv(4096)):
        got += piece
    equal(got.count(b"HTTP/1.1 200"), 3, "three requests in one packet, three answers")


def refused(server):
    port = server.ports[0]
    head = "Host: x\r\n"
    cases = [
        ("GET /nothing HTTP/1.1\r\n" + head + "\r\n", 404, "not-found", "no such path"),
        ("DELETE /healthz HTTP/1.1\r\n" + head + "\r\n", 405, "method-not-allowed", "a path without that method"),
        ("BREW /healthz HTTP/1.1\r\n" + head + "\r\n", 501, "not-implemented", "a method of nobody's"),
        ("GET /health%zz HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "bad percent-encoding"),
        ("GET /health%00z HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "a zero byte in the path"),
        ("GET /healthz?a=%0 HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "bad percent-encoding in the query"),
        ("GET /healthz?a=%ff HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "a query that is not UTF-8"),
        ("GET /api/v1/%2e%2e/healthz HTTP/1.1\r\n" + head + "\r\n", (400, 404), None, "an encoded way up"),
        ("GET /../healthz HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "a way up"),
        ("GET //healthz HTTP/1.1\r\n" + head + "\r\n", (400, 404), None, "an empty part"),
        ("GET /api/v1%2fmeta HTTP/1.1\r\n" + head + "\r\n", 400, "bad-request", "an encoded slash"),
        ("GET /healthz HTTP/1.1\r\n" + head + head + "\r\n", 400, "bad-request", "Host twice"),
        ("GET /healthz HTTP/1.1\r\n" + head + "Authorization: a\r\nAuthorization: b\r\n\r\n", 400, "bad-request",
         "Authorization twice"),
        ("GET /healthz HTTP/1.1\r\n" + head + "Content-Length: 3\r\n\r\nabc", 400, "bad-request", "a body where none belongs"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "\r\n", 411, "length-required", "a POST without a length"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411,
         "length-required", "a chunked body"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 411,
         "length-required", "a body of two lengths"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, None,
         "two Content-Lengths"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: -1\r\n\r\n", 400, None, "a negative length"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: 1e3\r\n\r\n", 400, None, "a length with an exponent"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: 99999999999999999999\r\n\r\n", (400, 413), None,
         "a length without end"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Length: 1048577\r\n\r\n", 413, "too-large",
         "one byte over the limit, before it is sent"),
        ("POST /api/v1/auth/login HTTP/1.1\r\n" + head + "Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>", 415,
         "unsupported-media", "XML"),
        ("GET /healthz HTTP/1.1\r\n" + head + "X-Long: " + "x" * 17000 + "\r\n\r\n", 431, "header-too-large", "a long head"),
        ("GET /" + "x" * 17000 + " HTTP/1.1\r\n" + head + "\r\n", (404, 414, 431), None, "a long address"),
        ("GET /healthz HTTP/1.1\r\n" + head + "X-Longer: " + "x" * 90000 + "\r\n\r\n", (431, b""), None, "a head without end"),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400, None, "no Host"),
        ("GET /api/v1/auth/me HTTP/1.1\r\n" + head + "\r\n", 401, "token-missing", "nobody"),
        ("GET /api/v1/auth/me HTTP/1.1\r\n" + head + "Authorization: Bearer x.y.z\r\n\r\n", 401, "token-invalid", "a false token"),
        ("GET /metrics HTTP/1.1\r\n" + head + "\r\n", 404, "not-found", "figures are not for callers"),
    ]
    for text, want, problem, name in cases:
        got = raw(port, text)
        st = status(got)
        good = st in want if isinstance(want, tuple) else st == want
        ok(good and (problem is None or code(got) == problem), f"refused: {name}", got[:400])
    equal(status(raw(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(300))) == 200, False, "TLS at a plain port")
    got = raw(port, "GET /healthz?x=a%0d%0aSet-Cookie:%20a HTTP/1.1\r\nHost: x\r\n\r\n")
    ok(status(got) == 400 and b"Set-Cookie" not in got, "no header is made from a query", got)
    equal(ask(port)[0], 200, "... and the server answers on")


def bodies(server):
    port = server.ports[0]
    login = "/api/v1/auth/login"
    deep = b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"
    for body, name in [(b"{", "half of it"), (b"[1]", "no object"), (b'{"login":"a","login":"b"}', "a key twice"),
                       (deep, "forty deep"), (b"{" + b"[" * 200000, "two hundred thousand deep"),
                       (b'{"login":"\xff"}', "not UTF-8"), (b'{"login":"a\\u0000b"}', "a zero byte"),
                       (b'{"login":"a\\u001bb"}', "an escape"), (b'{"a":1}x', "something behind it")]:
        st, _, said = ask(port, "POST", login, body, {"Content-Type": "application/json"})
        equal((st, json.loads(said).get("code")), (400, "bad-json"), f"JSON refused: {name}")
    big = b'{"login":"' + b"x" * (1 << 20) + b'"}'
    try:
        st = ask(port, "POST", login, big)[0]
    except (ConnectionError, BrokenPipeError) as e:
        st = repr(e)
    equal(st, 413, "too large a body: the answer is seen by who sends it whole")
    s = connect(port)
    s.sendall(b"POST " + login.encode() + b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    first = s.recv(4096)
    ok(first.startswith(b"HTTP/1.1 100"), "Expect: 100-continue is answered", first)
    s.sendall(b"{}")
    ok(status(s.recv(65536)) in (400, 422), "... and then the body is read")
    s = connect(port)
    s.sendall(b"POST " + login.encode() + b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    equal(status(s.recv(65536)), 413, "... too large: refused without a 100")
    s = connect(port)
    s.sendall(b"POST " + login.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{}")
    s.shutdown(socket.SHUT_WR)
    ok(status(read_all(s)) != 200, "a body that ends early reaches no handler")
    many = b'{"login":' + b'"a"' + b"".join(b',"k%d":1' % i for i in range(80000)) + b"}"
    ok(ask(port, "POST", login, many)[0] in (400, 413, 422), "eighty thousand keys")


def deadlines(server):
    port = server.ports[0]
    t0 = time.monotonic()
    slow = [connect(port) for _ in range(8)]
    for s in slow:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    body = connect(port)
    body.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    idle = connect(port)
    idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    idle.recv(4096)
    ended = {}
    best = 0
    while len(ended) < 10 and time.monotonic() - t0 < 12:
        for name, s in [(f"slow{i}", s) for i, s in enumerate(slow)] + [("body", body), ("idle", idle)]:
            if name in ended:
                continue
            s.settimeout(0.01)
            try:
                if s.recv(1) == b"":
                    ended[name] = time.monotonic() - t0
            except TimeoutError:
                pass
            except OSError:
                ended[name] = time.monotonic() - t0
            if name not in ended and name != "idle":
                try:
                    s.sendall(b"X: y\r\n" if name != "body" else b" ")  # never silent for long
                except OSError:
                    pass
        t1 = time.monotonic()
        equal_st = ask(port)[0]
        best = max(best, time.monotonic() - t1) if equal_st == 200 else 99
        time.sleep(0.15)
    ok(all(1.5 < ended.get(f"slow{i}", 99) < 6 for i in range(8)), "a head that dribbles is cut at its deadline", ended)
    ok(1.5 < ended.get("body", 99) < 6, "so is a body", ended)
    ok(2.5 < ended.get("idle", 99) < 8, "and who says nothing after an answer", ended)
    ok(best < 2, "others are answered meanwhile", best)


def gone():
    """An end that comes with the last bytes is heard, long before the deadline; half a request holds no place."""
    server = Server("max_per_address=20", "header_seconds=60", "body_seconds=60")
    port = server.ports[0]
    for half in (b"GET /healthz HTTP/1.1\r\nHos", b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"):
        for _ in range(20):
            s = connect(port)
            s.sendall(half)
            s.close()
        ok(Server.wait(lambda: status(raw(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) == 200, 8), f"who goes in the middle is gone: {half[:4]}")
    for _ in range(10):
        s = connect(port)
        s.sendall(b"GET /healthz HTTP/1.1\r\nHos")
        s.close()
    t0 = time.monotonic()
    equal(server.stop(), 0, "it stops with them")
    ok(time.monotonic() - t0 < 8, "... and does not wait for them", time.monotonic() - t0)


def addresses():
    server = Server("max_per_address=6", "proxies=10.0.0.0/8", "idle_seconds=30", "header_seconds=20")
    port = server.ports[0]
    held = [connect(port) for _ in range(6)]
    for s in held:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        s.recv(4096)
    got = raw(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    equal((status(got), code(got)), (503, "overloaded"), "the seventh connection of an address is told so")
    ok(b"Retry-After" in got and b"close" in got.lower(), "... when to come back, and let go", got)
    s6 = connect(server.ports[1], socket.AF_INET6)
    equal(ask(0, sock=s6)[0], 200, "another address comes in")
    held.pop().close()
    ok(Server.wait(lambda: status(raw(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) == 200, 5), "and one more when one has gone")
    ask(0, path="/api/v1/meta", headers={"X-Forwarded-For": "1.2.3.4"}, sock=connect(server.ports[1], socket.AF_INET6))
    ok(Server.wait(lambda: '"address":"::1"' in server.log(), 5) and "1.2.3.4" not in server.log(),
       "X-Forwarded-For of anybody is not believed", server.log()[-500:])
    for s in held:
        s.close()
    equal(server.stop(), 0, "it stops")
    server = Server("proxies=127.0.0.1, 10.0.0.0/8", "max_per_address=2")
    ask(server.ports[0], path="/api/v1/meta", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4, 10.9.9.9"})
    ok(Server.wait(lambda: '"address":"1.2.3.4"' in server.log(), 5), "of a proxy: the rightmost hop that is none",
       server.log()[-500:])
    raw(server.ports[0], "GET /api/v1/meta HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 7.7.7.7\r\nx-forwarded-for: 1.2.3.5\r\n\r\n")
    ok(Server.wait(lambda: '"address":"1.2.3.5"' in server.log(), 5) and "7.7.7.7" not in server.log(),
       "a line of it that the caller made up stands above the proxy's own", server.log()[-500:])
    many = [connect(server.ports[0]) for _ in range(6)]
    for s in many:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    ok(all(status(s.recv(4096)) == 200 for s in many), "a proxy's connections are not counted")
    equal(server.stop(), 0, "it stops again")


def tls():
    server = Server(f"tls_cert={WORK}/keys/cert", f"tls_key={WORK}/keys/tls")
    port = server.ports[0]
    context = ssl.create_default_context(cafile=f"{WORK}/keys/cert")

    def shake(version=None):
        if version:
            context.minimum_version = context.maximum_version = version
        with context.wrap_socket(connect(port), server_hostname="localhost") as s:
            return s.version(), ask(0, sock=s)[0]

    equal(shake(), ("TLSv1.3", 200), "TLS 1.3")
    equal(shake(ssl.TLSVersion.TLSv1_2), ("TLSv1.2", 200), "TLS 1.2")
    try:
        context.set_ciphers("ALL:@SECLEVEL=0")
        old = shake(ssl.TLSVersion.TLSv1_1)[1]
    except (ssl.SSLError, OSError, ValueError):
        old = "refused"
    equal(old, "refused", "TLS 1.1 is not spoken")
    ok(status(raw(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) != 200, "plain HTTP at the TLS port is not answered")
    before = ssl.get_server_certificate(("127.0.0.1", port))
    kept = ssl.create_default_context(cafile=f"{WORK}/keys/cert").wrap_socket(connect(port), server_hostname="localhost")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{WORK}/keys/tls", "-out",
                    f"{WORK}/keys/cert"], check=True, stderr=subprocess.DEVNULL)
    os.kill(server.process.pid, signal.SIGHUP)
    ok(Server.wait(lambda: '"event":"reloaded"' in server.log(), 5), "SIGHUP reloads")
    ok(Server.wait(lambda: ssl.get_server_certificate(("127.0.0.1", port)) != before, 5), "a new certificate is shown")
    equal(ask(0, sock=kept)[0], 200, "who came under the old one goes on")
    os.chmod(f"{WORK}/keys/tls", 0o644)
    os.kill(server.process.pid, signal.SIGHUP)
    ok(Server.wait(lambda: "open to others" in server.log(), 5), "a key that others can read is refused, and why is logged")
    os.chmod(f"{WORK}/keys/tls", 0o600)
    ok(ssl.get_server_certificate(("127.0.0.1", port)) != before, "... and it goes on with what it has")
    equal(server.stop(), 0, "it stops with TLS")


def reload_and_stop():
    server = Server("max_per_address=1000")
    port, done = server.ports[0], []
    going = True

    def load():
        while going:
            try:
                done.append(ask(port, path="/readyz")[0])
            except (ConnectionError, http.client.HTTPException, OSError) as e:
                done.append(type(e).__name__)
                return

    threads = [threading.Thread(target=load) for _ in range(8)]
    for t in threads:
        t.start()
    Server.wait(lambda: len(done) > 50)
    for _ in range(3 * COUNT):
        os.kill(server.process.pid, signal.SIGHUP)
        time.sleep(0.1)
    os.rename(LOG, LOG + ".1")
    server.log_at = 0
    os.kill(server.process.pid, signal.SIGHUP)
    ok(Server.wait(lambda: os.path.exists(LOG), 5), "the log is opened anew on SIGHUP")
    n = len(done)
    Server.wait(lambda: len(done) > n + 50)
    equal(set(done), {200}, "reloads disturb nobody")
    t0 = time.monotonic()
    equal(server.stop(), 0, "it stops under load")
    ok(time.monotonic() - t0 < 9, "... at once when what is in flight is answered")
    going = False
    for t in threads:
        t.join()
    bad = [d for d in done if d not in (200, 503, "ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected")]
    equal(bad, [], "every request was answered, or never taken")
    ok(not os.path.exists(f"{WORK}/api.sock"), "the Unix socket is gone")


def slow_stop():
    """Who is in the middle of something has seven seconds, all of it ten."""
    server = Server("body_seconds=60", "header_seconds=60")
    half = [connect(server.ports[0]) for _ in range(3)]
    for i, s in enumerate(half):
        s.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{" if i else b"GET /heal")
    Server.wait(lambda: False, 0.5)
    t0 = time.monotonic()
    equal(server.stop(), 0, "it stops although bodies never end")
    took = time.monotonic() - t0
    ok(6 < took < 10, "... after seven seconds, before ten", took)


def figures(server):
    st, head, body = ask(server.ports[2], path="/metrics")
    text = body.decode()
    ok(st == 200 and head["content-type"].startswith("text/plain; version=0.0.4"), "figures on their own listener")
    line = re.compile(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+)')
    equal([x for x in text.splitlines() if not line.fullmatch(x)], [], "... that can be parsed")
    counts = dict(re.findall(r'domovoi_request_seconds_(?:bucket\{route="([^"]*)",le="\+Inf"\}) (\d+)', text))
    totals = {}
    for route, n in re.findall(r'domovoi_requests_total\{route="([^"]*)",[^}]*\} (\d+)', text):
        totals[route] = totals.get(route, 0) + int(n)
    ok(int(counts["/healthz"]) >= 20 and {k: int(v) for k, v in counts.items()} == totals, "... and add up", (counts, totals))
    for name in ("inflight", "connections", "pool_size", "resident_bytes"):
        ok(f"domovoi_{name} " in text, f"... with {name}")


def secrets(server):
    secret = "S3cr3t-" + os.urandom(8).hex()
    port = server.ports[0]
    ask(port, "POST", "/api/v1/auth/login", json.dumps({"login": "x", "password": secret}), {"Authorization": f"Bearer {secret}"})
    ask(port, "GET", f"/api/v1/meta?q={secret}", headers={"Authorization": f"Bearer {secret}", "Cookie": secret})
    ask(port, "GET", f"/api/v1/auth/me?x={secret}", headers={"Authorization": f"Bearer dk_{secret}"})
    Server.wait(lambda: '"/api/v1/auth/me"' in server.log(), 5)
    ok(secret not in server.log(), "no password, token or value of a parameter in the log")
    lines = [json.loads(x) for x in server.log().splitlines()]
    ok(all({"time", "level", "event"} <= set(x) for x in lines), "every line of the log is JSON with time, level and event")
    ok(all({"trace", "method", "route", "status", "ms", "bytes", "address"} <= set(x) for x in lines if x["event"] == "request"),
       "every request's line has what it must")


def database():
    """A busy database is told within the patience of the pool, a lost connection is mended."""
    server = Server("pool_wait_ms=300", "connections=2", "max_per_address=200")
    port = server.ports[0]

    def sql(text):
        return subprocess.run(["psql", "-XqAtc", text], capture_output=True, text=True, timeout=30).stdout.strip()

    equal(ask(port, path="/readyz")[0], 200, "ready at first")
    lock = subprocess.Popen(["psql", "-Xq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lock.stdin.write("begin; lock table domovoi.change_log in access exclusive mode; select 'held';\n")
    lock.stdin.flush()
    while "held" not in lock.stdout.readline():
        pass
    got = []

    def one():
        t0 = time.monotonic()
        st, head, body = ask(port, path="/readyz")
        got.append((st, time.monotonic() - t0, head.get("retry-after"), body))

    threads = [threading.Thread(target=one) for _ in range(40)]
    for t in threads:
        t.start()
    t0 = time.monotonic()
    equal(ask(port)[0], 200, "who needs no database is answered meanwhile")
    ok(time.monotonic() - t0 < 1, "... at once")
    for t in threads:
        t.join()
    equal({x[0] for x in got}, {503}, "a busy database: not ready")
    ok(sum(x[1] < 1.9 for x in got) >= 20, "who found no free connection hears so before the database's own limit",
       sorted(round(x[1], 1) for x in got))
    ok(all(x[2] for x in got), "... and when to come back")
    lock.communicate("commit;\n", timeout=10)
    ok(Server.wait(lambda: ask(port, path="/readyz")[0] == 200, 10), "ready again")
    ended = sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 't_api'")
    ok(int(ended) >= 2, "the pool is as large as it may be", ended)
    ok(Server.wait(lambda: ask(port, path="/readyz")[0] == 200, 10), "connections that were ended are made again")
    equal(server.stop(), 0, "it stops")


def run(*words):
    p = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout + p.stderr


def psql(text):
    return subprocess.run(["psql", "-XqAtc", text], capture_output=True, text=True, timeout=30).stdout.strip()


def checks():
    """What --check and a start look at: each mistake is one line with what to do, and no start."""
    dsn = re.search("(?m)^dsn = (.*)$", open(CONF).read())[1]
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=other", "-keyout", f"{WORK}/keys/other", "-out", f"{WORK}/keys/othercert"], capture_output=True)
    os.chmod(f"{WORK}/keys/other", 0o600)
    cases = [
        ("no such database", ["dsn=" + re.sub("dbname=\\S+", "dbname=none_such", dsn)], 1, "dsn: there is no such database"),
        ("another database", ["dsn=" + re.sub("dbname=\\S+", "dbname=postgres", dsn)], 1, "not Domovoi's"),
        ("a login that is none of the API's", ["dsn=" + re.sub("user=\\S+", "user=postgres", dsn)], 4, "domovoi db api-role"),
        ("a login that there is not", ["dsn=" + re.sub("user=\\S+", "user=nobody_at_all", dsn)], 4, "no such login"),
        ("feed_dsn elsewhere", ["feed_dsn=" + re.sub("dbname=\\S+", "dbname=postgres", dsn)], 1, "feed_dsn: "),
        ("an address that is taken", [f"listen=127.0.0.1:{port}"], 1, f"127.0.0.1:{port}: Address already in use"),
        ("an address of somebody else", ["metrics_listen=127.0.0.1:0", "listen=127.0.0.1:0", f"listen=unix:{WORK}/none/s"], 1,
         "No such file"),
        ("another certificate's key", [f"tls_cert={WORK}/keys/cert", f"tls_key={WORK}/keys/other"], 1, "of another certificate"),
        ("a key for a certificate", [f"tls_cert={WORK}/keys/tls", f"tls_key={WORK}/keys/tls"], 1, "the certificate cannot be read"),
    ]
    for name, sets, want, text in cases:
        words = [w for s in sets for w in ("--set", s)]
        for how in (["--check"], []):
            rc, said = run("--config", CONF, *how, *words)
            ok(rc == want and text in said and said.count("\n") == 1, f"{'--check' if how else 'a start'}: {name}", (rc, said))
    nowhere = ["dsn=host=/nonexistent user=t_api dbname=x", "pool_wait_ms=300"]
    rc, said = run("--config", CONF, "--check", *[w for s in nowhere for w in ("--set", s)])
    ok(rc == 7 and "dsn: " in said, "--check: a database that does not answer", (rc, said))
    server = Server(*nowhere)
    ok(server.process.poll() is None and len(server.ports) == 3, "... for which a start waits", server.log())
    st, _, body = ask(server.ports[0], path="/readyz")
    equal((st, json.loads(body)["reasons"]), (503, ["the database does not answer"]), "... not ready until then")
    equal(server.stop(), 0, "... and ends")
    taken.close()
    newest = psql("select max(name) from domovoi_meta.applied where kind = 'migration'")
    server = Server()
    for word, there, back in (
            ("older", f"delete from domovoi_meta.applied where name = '{newest}'",
             f"insert into domovoi_meta.applied (kind, name, checksum) values ('migration', '{newest}', 'x')"),
            ("newer", "insert into domovoi_meta.applied (kind, name, checksum) values ('migration', '9999_later', 'x')",
             "delete from domovoi_meta.applied where name = '9999_later'")):
        psql(there)
        st, head, body = ask(server.ports[0], path="/readyz")
        ok(st == 503 and f"{word} than this program" in json.loads(body)["reasons"][0], f"a database that is {word}: not ready", body)
        for how in (["--check"], []):
            rc, said = run("--config", CONF, *how)
            ok(rc == 1 and f"{word} than this program" in said, f"... {'--check' if how else 'a start'} says so", (rc, said))
        psql(back)
    equal(ask(server.ports[0], path="/readyz")[0], 200, "ready again with its own")
    equal(server.stop(), 0, "it stops")


def usage():
    with open(f"{WORK}/bad", "w") as f:
        f.write("# a comment\nlisten = 127.0.0.1:0\nthreds = 2\n")
    rc, said = run("--config", f"{WORK}/bad", "--check")
    ok(rc == 2 and "bad:3:" in said and "threads" in said, "a mistake in the file is told with its line and what was meant", said)
    for name, want in (("stream_hartbeat", "Write stream_heartbeat, or see domovoid --help\n"), ("colour", "domovoid --help lists them\n")):
        rc, said = run("--config", CONF, "--set", f"{name}=1", "--check")
        ok(rc == 2 and said.endswith(want), f"a setting that there is not: {name}", said)
    rc, said = run("--config", CONF, "--set", "listen=0.0.0.0:0", "--check")
    ok(rc == 2 and "plain HTTP" in said, "plain HTTP for everybody is refused", said)
    rc, said = run("--config", CONF, "--set", "threads=many", "--check")
    ok(rc == 2 and "whole number" in said, "a number that is none", said)
    rc, said = run("--config", CONF, "--check")
    equal(rc, 0, "--check of a good file")
    ok("metrics_listen" in run("--help")[1] and run("--man")[1].startswith(".TH"), "help and manual page list the settings")


usage()
checks()
main = Server()
ok(main.process.poll() is None and len(main.ports) == 3, "it starts", main.log())
for part in (plain, refused, bodies, deadlines, secrets, figures):
    part(main)
equal(main.stop(signal.SIGINT), 0, "SIGINT ends it, and cleanly")
gone()
addresses()
database()
tls()
reload_and_stop()
slow_stop()
said = open(f"{WORK}/stderr").read()
equal(said, "", "nothing on standard error: no report of a sanitizer")
print(f"1..{tests}")
sys.exit(1 if failed else 0)
