#!/usr/bin/python3
"""Much at once on four threads of domovoid: logins, lists, writes, reports, events, reloads, callers that hang up, a stop.

  tsan.py ADMIN_DSN WORK PROGRAM SUPPRESSIONS     TAP on stdout: the thread sanitizer must say nothing
"""
import os, random, signal, socket, sys, threading, time, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, at_once, sql
from ptylib import Tap, count


def worker(api, who, over, done, wrong):
    n = 0
    while time.monotonic() < over:
        n += 1
        try:
            for r in (who.get('/api/v1/units?limit=20'), who.get('/api/v1/reservations?limit=20&sort=-check_in', Prefer='count=exact'),
                      who.get('/api/v1/reports/occupancy?from=2026-06-01&to=2026-07-01'), who.get('/api/v1/auth/me'), who.get('/healthz'),
                      who.get('/api/v1/openapi.json') if n % 10 == 0 else who.get('/api/v1/meta'),
                      who.post('/api/v1/parties', {'name': 'Thread %s' % uuid.uuid4(), 'kind': 'person'}),
                      who.get('/api/v1/reports/top?of=unit&by=revenue&from=2026-01-01&to=2026-07-01', Accept='text/csv')):
                done.append(r.status)
                if r.status >= 500 and r.status != 503:
                    wrong.append((r.status, r.body[:300]))
        except Exception as e:
            wrong.append(repr(e))


def signing(api, over, done, wrong):
    """In, refresh, out; and wrong passwords."""
    while time.monotonic() < over:
        c = api.sign_in('manager_1')
        done += [c.post('/api/v1/auth/refresh', {'refresh_token': c.refresh}, key=None).status, c.post('/api/v1/auth/logout', key=None).status]
        c.close()


def events(api, who, over):
    """Streams that are opened, read a little, and left."""
    while time.monotonic() < over:
        s = socket.create_connection(('127.0.0.1', api.port))
        s.settimeout(0.5)
        s.sendall(b'GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n' % who.token.encode())
        try:
            while time.monotonic() < over and random.random() < 0.8:
                if not s.recv(4096):
                    break
        except OSError:
            pass
        s.close()


def rude(api, who, over):
    """Ask and hang up."""
    while time.monotonic() < over:
        s = socket.create_connection(('127.0.0.1', api.port))
        s.sendall(b'GET /api/v1/reservations?limit=500 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' % who.token.encode())
        time.sleep(random.random() * 0.05)
        s.close()


def main():
    admin, work, program, suppressions = sys.argv[1:]
    tap = Tap()
    report = os.path.join(work, 'tsan')
    env = dict(TSAN_OPTIONS='log_path=%s:halt_on_error=0:second_deadlock_stack=1:exitcode=0:suppressions=%s' % (report, suppressions))
    with Api(admin, work, program, env=env, threads=4, connections=8, metrics_listen='127.0.0.1:0', max_per_address=500) as api:
        people = [api.sign_in(login) for login in ('head_1', 'head_2', 'realtor_1', 'head_1', 'manager_2', 'accountant_1', 'head_1')]
        over, done, wrong = time.monotonic() + count(12, 120), [], []
        todo = [lambda p=p: worker(api, p, over, done, wrong) for p in people] + [lambda: signing(api, over, done, wrong)] \
            + [lambda: events(api, people[0], over)] * 3 + [lambda: rude(api, people[0], over)] * 2
        reloads = threading.Thread(target=lambda: [(time.sleep(1), api.process.send_signal(signal.SIGHUP)) for _ in range(int(over - time.monotonic()) - 1)])
        figures = threading.Thread(target=lambda: [(time.sleep(0.2), api.caller(port=api.metrics_port).get('/metrics')) for _ in range(20)])
        reloads.start()
        figures.start()
        failed = [repr(r) for r in at_once(todo) if isinstance(r, Exception)]
        reloads.join()
        figures.join()
        tap.ok(not wrong and not failed and len(done) > 100, '%d requests on four threads, with %d reloads meanwhile' % (
            len(done), sum(e.get('event') == 'reloaded' for e in api.events())), *wrong[:5], *failed[:5])
        busy = [threading.Thread(target=lambda p=p: worker(api, p, time.monotonic() + 1.5, [], [])) for p in people[:3]]
        for t in busy:
            t.start()
        time.sleep(0.5)
        status = api.stop()
        for t in busy:
            t.join()
        tap.ok(status == 0, 'it stops while it is asked', status, api.said()[-2000:])
    said = ''
    for name in sorted(os.listdir(work)):
        if name.startswith('tsan'):
            with open(os.path.join(work, name), errors='replace') as f:
                said += f.read()
    tap.ok('WARNING: ThreadSanitizer' not in said, 'the thread sanitizer has nothing to say', said[:6000])
    tap.done()


main()
