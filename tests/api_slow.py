#!/usr/bin/python3
"""Callers who take their time, and good ones beside them.

  api_slow.py ADMIN_DSN WORK [PROGRAM]     TAP on stdout. TEST_COUNT scales the numbers up to those of the bar: 500 that send a
                                           header a second and 2,000 that say nothing; then the bar holds, too: p95 of the good
                                           ones under 300 ms, 150 MB, 256 threads (of a PROGRAM that is not sanitised)
"""
import os, resource, select, socket, sys, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, Elsewhere, quantile
from ptylib import FULL, Tap, count

HEAD, BODY, IDLE = 4, 4, 6 # seconds that the server gives
SLACK = 3                  # the sweep, and a machine that does something else


class Good:
    """Eight people at work meanwhile. They come first: what is open already they would hold open, too."""

    def __init__(self, api, who):
        self.api, self.who = api, who

    def __enter__(self):
        self.at_work = Elsewhere(self.api, self.who.token, lambda who, turn: who.get('/api/v1/units?limit=20').status, n=8, pause=0.05)
        time.sleep(1)
        return self

    def __exit__(self, *_):
        done = self.at_work.end()
        self.times, self.wrong = [t for t, _ in done], [s for _, s in done if s != 200]

    def check(self, tap, beside):
        tap.ok(not self.wrong and len(self.times) > 20, '%d good requests beside %s, all answered' % (len(self.times), beside), *self.wrong[:5])
        p50, p95, worst = (quantile(self.times, q) * 1000 for q in (0.5, 0.95, 1))
        tap.diag('p50 %.0f ms, p95 %.0f ms, worst %.0f ms' % (p50, p95, worst))
        if FULL:
            tap.ok(p95 < 300, 'their p95 is under 300 ms beside %s' % beside, p95)


def opened(api, n, first=b'', each=60, net=1):
    """n connections from 127.0.1.1 on, so many from each address."""
    all = []
    for i in range(n):
        s = socket.socket()
        s.bind(('127.0.%d.%d' % (net, 1 + i // each), 0))
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


HEADS = b'GET /api/v1/units HTTP/1.1\r\nHost: a\r\n'
PING = b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'


def body_of(who):
    return (b'POST /api/v1/parties HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n'
            b'Idempotency-Key: 6d0bd1f4-2f0c-4c8c-9d9f-1f6d2f0c4c8c\r\nContent-Length: 1000\r\n\r\n{' % who.token.encode())


def a_header(turn):
    return b'X-%d: 1\r\n' % turn


def slow(tap, api, me):
    n = count(100, 500)
    with Good(api, me) as good:
        closed = dribble(opened(api, n, HEADS), a_header, HEAD + SLACK + 5)
    tap.ok(len(closed) == n and max(closed.values()) < HEAD + SLACK, '%d heads at a header a second: all are closed by the deadline' % n,
           '%d of them, the last after %.1f s' % (len(closed), max(closed.values(), default=0)))
    good.check(tap, 'them')
    n = count(60, 500)
    with Good(api, me) as good:
        closed = dribble(opened(api, n, body_of(me)), lambda t: b' ', BODY + SLACK + 5)
    tap.ok(len(closed) == n and max(closed.values()) < BODY + SLACK, '%d bodies at a byte a second: all are closed by the deadline' % n,
           '%d of them, the last after %.1f s' % (len(closed), max(closed.values(), default=0)))
    good.check(tap, 'them')


def asking(api, n, who, times):
    """n that ask for much and take nothing of it."""
    all = []
    for i in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.bind(('127.0.2.%d' % (1 + i // 60), 0))
        s.connect(('127.0.0.1', api.port))
        s.setblocking(False)
        try:
            s.send((b'GET /api/v1/reservations?limit=500 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' % who.token.encode()) * times)
        except BlockingIOError:
            pass
        all.append(s)
    return all


def readers(tap, api, me):
    n = count(20, 60)
    with Good(api, me) as good:
        before, others = api.memory(), api.sockets()
        all = asking(api, n, me, 12)
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


def together(tap, api, me):
    """All of them at once."""
    heads, bodies, takers, idle = count(25, 500), count(15, 300), count(5, 60), count(100, 2000)
    peers = threads = 0
    api.forget_peak()
    with Good(api, me) as good:
        mute = opened(api, idle, PING)
        quiet = asking(api, takers, me, 3)
        for turn in range(count(1, 3)): # who is thrown out comes again
            lots = [(opened(api, heads, HEADS, net=3), a_header), (opened(api, bodies, body_of(me), net=4), lambda t: b' ')]
            peers, threads = max(peers, api.sockets()), max(threads, api.status('Threads'))
            dribbling = [threading.Thread(target=dribble, args=(all, bytes_of, HEAD + BODY + SLACK)) for all, bytes_of in lots]
            for t in dribbling:
                t.start()
            for t in dribbling:
                t.join()
    for s in mute + quiet:
        s.close()
    peak = api.status('VmHWM')
    tap.diag('%d sockets at once; at most %d kB and %d threads' % (peers, peak, threads))
    tap.ok(threads <= 256, 'no more than 256 threads', threads)
    if FULL:
        tap.ok(peers > heads + bodies + takers + idle, 'all were there at once', peers)
        tap.ok(peak < 150 * 1024, 'no more than 150 MB', peak)
    good.check(tap, 'all of them at once')


def silent(tap, api, me):
    n = count(300, 2000)
    with Good(api, me) as good:
        before = api.memory()
        all = opened(api, n, PING)
        time.sleep(2)
        grown = api.memory() - before
        closed = dribble(all, lambda t: b'', IDLE + SLACK + 8)
    tap.ok(len(closed) == n, '%d connections that say nothing more are closed' % n, len(closed))
    tap.diag('they cost %d kB, %.1f each' % (grown, grown / n))
    good.check(tap, 'them')


def too_many(tap, api, me):
    """The limits: of one address, and of all together."""
    all = opened(api, 70, PING, each=70)
    time.sleep(1)
    words = [word(s) for s in all]
    tap.ok(sum(w == b'200' for w in words) == 64 and sum(w in (b'503', b'429', b'') for w in words) == 6, 'the 65th connection of an address is refused', words)
    tap.ok(me.get('/api/v1/units?limit=1').status == 200, 'other addresses are not concerned')
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
    settings = dict(header_seconds=HEAD, body_seconds=BODY, max_connections=4096)
    with Api(admin, work, *sys.argv[3:4], idle_seconds=IDLE, **settings) as api:
        me = api.sign_in('head_1', source='127.0.0.1')
        slow(tap, api, me)
        readers(tap, api, me)
        silent(tap, api, me)
        too_many(tap, api, me)
        tap.ok(api.alive() and api.stop() == 0 and 'ERROR: ' not in api.said(), 'it stops clean', api.said()[-3000:])
    with Api(admin, work + '/all', *sys.argv[3:4], **settings) as api: # who is silent stays, here
        together(tap, api, api.sign_in('head_1', source='127.0.0.1'))
        tap.ok(api.alive() and api.stop() == 0 and 'ERROR: ' not in api.said(), '… and again', api.said()[-3000:])
    tap.done()


main()
