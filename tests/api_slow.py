#!/usr/bin/python3
"""Callers who take their time, and good ones beside them.

  api_slow.py ADMIN_DSN WORK [PROGRAM]     TAP on stdout; TEST_COUNT scales the numbers up to those of the bar (500 that send a
                                           header a second, 2,000 that say nothing; the good ones' p95 is printed)
"""
import os, resource, select, socket, sys, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, quantile
from ptylib import Tap, count

HEAD, BODY, IDLE = 4, 4, 6 # seconds that the server gives
SLACK = 3                  # the sweep, and a machine that does something else


class Good:
    """Eight people at work meanwhile."""

    def __init__(self, api, people):
        self.api, self.people, self.over, self.times, self.wrong = api, people, False, [], []
        self.threads = [threading.Thread(target=self.work, args=(p, )) for p in people]

    def work(self, who):
        while not self.over:
            begun = time.monotonic()
            try:
                r = who.get('/api/v1/units?limit=20')
                if r.status != 200:
                    self.wrong.append((r.status, r.body[:200]))
            except Exception as e:
                self.wrong.append(repr(e))
            self.times.append(time.monotonic() - begun)
            time.sleep(0.05)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for t in self.threads:
            t.join()

    def check(self, tap, beside):
        tap.ok(not self.wrong and len(self.times) > 20, '%d good requests beside %s, all answered' % (len(self.times), beside), *self.wrong[:5])
        tap.diag('p50 %.0f ms, p95 %.0f ms, worst %.0f ms' % tuple(quantile(self.times, q) * 1000 for q in (0.5, 0.95, 1)))


def opened(api, n, first=b'', each=60):
    """n connections from 127.0.1.1 on, so many from each address."""
    all = []
    for i in range(n):
        s = socket.socket()
        s.bind(('127.0.1.%d' % (1 + i // each), 0))
        s.connect(('127.0.0.1', api.port))
        s.setblocking(False)
        if first:
            s.send(first)
        all.append(s)
    return all


def dribble(all, bytes_of, seconds):
    """Each sends what bytes_of(turn) says, once a second, until all are closed by the server. Returns when each was."""
    begun, closed, turn = time.monotonic(), {}, 0
    poller = select.poll()
    by_fd = {s.fileno(): s for s in all}
    for fd in by_fd:
        poller.register(fd, select.POLLIN | select.POLLHUP)
    due = begun + 1
    while len(closed) < len(all) and time.monotonic() < begun + seconds:
        for fd, _ in poller.poll(max(0, (due - time.monotonic()) * 1000)):
            try:
                gone = not by_fd[fd].recv(1 << 16)
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                closed[fd] = time.monotonic() - begun
                poller.unregister(fd)
        if time.monotonic() >= due:
            due, turn = due + 1, turn + 1
            for fd, s in by_fd.items():
                data = bytes_of(turn)
                if fd not in closed and data:
                    try:
                        s.send(data)
                    except OSError:
                        pass
    for s in all:
        s.close()
    return closed


def slow(tap, api, people):
    n = count(100, 500)
    with Good(api, people) as good:
        closed = dribble(opened(api, n, b'GET /api/v1/units HTTP/1.1\r\nHost: a\r\n'), lambda t: b'X-%d: 1\r\n' % t, HEAD + SLACK + 5)
    tap.ok(len(closed) == n and max(closed.values()) < HEAD + SLACK, '%d heads at a header a second: all are closed by the deadline' % n,
           '%d of them, the last after %.1f s' % (len(closed), max(closed.values(), default=0)))
    good.check(tap, 'them')
    n = count(60, 500)
    auth = b'Authorization: Bearer ' + people[0].token.encode() + b'\r\n'
    with Good(api, people) as good:
        closed = dribble(opened(api, n, b'POST /api/v1/parties HTTP/1.1\r\nHost: a\r\n' + auth + b'Content-Type: application/json\r\nIdempotency-Key: '
                                b'6d0bd1f4-2f0c-4c8c-9d9f-1f6d2f0c4c8c\r\nContent-Length: 1000\r\n\r\n{'), lambda t: b' ', BODY + SLACK + 5)
    tap.ok(len(closed) == n and max(closed.values()) < BODY + SLACK, '%d bodies at a byte a second: all are closed by the deadline' % n,
           '%d of them, the last after %.1f s' % (len(closed), max(closed.values(), default=0)))
    good.check(tap, 'them')


def readers(tap, api, people):
    """They ask for much and take nothing of it."""
    n = count(20, 60)
    before, others = api.memory(), api.sockets()
    all = []
    for i in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.bind(('127.0.2.%d' % (1 + i // 60), 0))
        s.connect(('127.0.0.1', api.port))
        s.setblocking(False)
        try:
            s.send((b'GET /api/v1/units?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' % people[0].token.encode()) * 60)
        except BlockingIOError:
            pass
        all.append(s)
    with Good(api, people) as good:
        time.sleep(1)
        held, grown = api.sockets() - others, api.memory() - before
        end = time.monotonic() + 40
        while api.sockets() > others and time.monotonic() < end:
            time.sleep(0.5)
    left = api.sockets() - others
    for s in all:
        s.close()
    tap.ok(held == n and left <= 0, '%d that ask and do not read: all are closed' % n, '%d were open, %d still are' % (held, left))
    tap.diag('they cost %d kB' % grown)
    good.check(tap, 'them')


def silent(tap, api, people):
    n = count(300, 2000)
    before = api.memory()
    all = opened(api, n, b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    with Good(api, people) as good:
        time.sleep(2)
        grown = api.memory() - before
        closed = dribble(all, lambda t: b'', IDLE + SLACK + 8)
    tap.ok(len(closed) == n, '%d connections that say nothing more are closed' % n, len(closed))
    tap.diag('they cost %d kB, %.1f each' % (grown, grown / n))
    good.check(tap, 'them')


def too_many(tap, api, people):
    """The limits: of one address, and of all together."""
    all = opened(api, 70, b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', each=70)
    time.sleep(1)
    words = [word(s) for s in all]
    tap.ok(sum(w == b'200' for w in words) == 64 and sum(w in (b'503', b'429', b'') for w in words) == 6, 'the 65th connection of an address is refused', words)
    tap.ok(people[0].get('/api/v1/units?limit=1').status == 200, 'other addresses are not concerned')
    for s in all:
        s.close()


def word(s):
    try:
        return s.recv(4096)[9:12]
    except BlockingIOError:
        return b'-'
    except OSError:
        return b''


def main():
    admin, work = sys.argv[1:3]
    tap = Tap()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))
    with Api(admin, work, *sys.argv[3:4], header_seconds=HEAD, body_seconds=BODY, idle_seconds=IDLE, max_connections=4096) as api:
        people = [api.sign_in('head_1', source='127.0.0.1') for _ in range(8)]
        slow(tap, api, people)
        readers(tap, api, people)
        silent(tap, api, people)
        too_many(tap, api, people)
        tap.ok(api.alive() and api.stop() == 0 and 'ERROR: ' not in api_errors(work), 'it stops clean', api_errors(work)[-3000:])
    tap.done()


def api_errors(work):
    with open(os.path.join(work, 'domovoid.err')) as f:
        return f.read()


main()
