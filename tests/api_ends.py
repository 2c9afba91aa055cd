#!/usr/bin/python3
"""What is over leaves nothing open: streams whose readers go, dawdle or are cut; and a server that ends whatever is open.

  api_ends.py ADMIN_DSN WORK       TAP on stdout. Works over plain sockets, on /proc of a real domovoid.
"""
import atexit, os, resource, signal, socket, struct, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, sql
from livelib import Socket, Stream, token
from ptylib import Tap

ADMIN, WORK = sys.argv[1:3]
LIMIT = 10 # seconds that a server which stops waits for those who ask
tap = Tap()
ok = tap.ok
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 2048))


def do(text):
    return sql(ADMIN, "set domovoi.now = '2026-06-16T09:00:00+05:00'; " + text)


def begin(name, **more):
    api = Api(ADMIN, os.path.join(WORK, name), threads=2, connections=6, max_per_address=900, streams_per_person=400, max_streams=900,
              stream_slow=2, stream_heartbeat=1, idle_seconds=600, **more)
    api.prepare()
    atexit.register(api.stop)
    return api.start()


def eventually(fn, seconds=8):
    end = time.monotonic() + seconds
    while not fn() and time.monotonic() < end:
        time.sleep(0.1)
    return fn()


def person():
    user = do("select user_id from domovoi.membership where role = 'head' and company_id = 1 and active order by 1 limit 1")[0][0]
    return user, do("""insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, amr, must_change) values ('%s',
        domovoi.now(), domovoi.now(), domovoi.now() + interval '7 days', domovoi.now(), '{pwd}', false) returning id""" % user)[0][0]


def changes(n):
    do(''.join("update domovoi.unit set floor = %d where id = '%s'; notify domovoi_change;\n" % (i % 20 + 1, UNIT) for i in range(n)))


def crowd(api, n, **more):
    all = [Stream(api, token(api, WHO), **more) for _ in range(n)]
    return all if all[-1].wait(lambda x: x.id) else []


def plain(api, text=b''):
    s = socket.create_connection(('127.0.0.1', api.port))
    s.sendall(text)
    return s


def kept(api, n):
    """Connections that had an answer and stay open, on every worker."""
    all = [plain(api, b'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n') for _ in range(n)]
    return [s for s in all if s.recv(4096).startswith(b'HTTP/1.1 200')]


def reset(s):
    """Gone without a goodbye: a reset and not a FIN."""
    s.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()


def half(s):
    s.s.shutdown(socket.SHUT_WR)


WHO = person()
UNIT = do('select id from domovoi.unit where company_id = 1 and archived_at is null order by id limit 1')[0][0]

# ---- while it runs -------------------------------------------------------------------------------------------------------

api = begin('runs')
warm = crowd(api, 1)
warm[0].close()
eventually(lambda: False, 2)
idle = kept(api, 6) # older than all streams: MHD looks for what is over from its oldest connection on
before = api.sockets()
keeper = crowd(api, 2) # somebody stays all the time: the others must not wait for him
for leave, name in ((Stream.close, 'hung up'), (reset, 'were reset'), (half, 'closed their side')):
    gone = crowd(api, 100)
    ok(len(gone) == 100 and api.sockets() >= before + 102, 'a hundred streams')
    for s in gone:
        leave(s)
    ok(eventually(lambda: api.sockets() <= before + 2), '… that %s: their sockets are closed within seconds' % name, before, api.sockets())
    for s in gone:
        s.close()
old = [plain(api, b'GET /api/v1/events HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' % token(api, WHO, 3).encode()) for _ in range(20)]
ok(all(s.recv(4096).startswith(b'HTTP/1.') for s in old) and api.sockets() >= before + 22, 'twenty streams of HTTP/1.0')
ok(eventually(lambda: api.sockets() <= before + 2, 12), '… whose tokens are over: their sockets are closed, too', before, api.sockets())
for s in old:
    s.close()
slow = crowd(api, 20, rcvbuf=2304)
end = time.monotonic() + 40
while api.sockets() > before + 2 and time.monotonic() < end:
    changes(200)
    for s in keeper:
        s.wait(lambda _: False, 0.05)
ok(len(slow) == 20 and api.sockets() <= before + 2, 'twenty who read nothing are let go', before, api.sockets())
ok(keeper[0].wait(lambda x: x.pokes()) and not keeper[0].ended, 'who stayed was told all the time')

# ---- and ends -------------------------------------------------------------------------------------------------------------


def stop(api, most, signals=1):
    """The exit status and whether it took no more than `most` seconds."""
    t0 = time.monotonic()
    process = api.process
    for _ in range(signals - 1):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
    status = api.stop()
    took = time.monotonic() - t0
    tap.diag('%.1f s' % took)
    return status, took <= most


gone = crowd(api, 200)
for s in gone[:100]:
    s.close()
ok(stop(api, LIMIT + 8) == (0, True) and api.said() == '', 'it ends among streams of which half have just gone', api.said()[-3000:])
for s in gone + keeper + slow + idle:
    s.close()


def everything(api):
    """Whoever could hold it up."""
    bearer = token(api, WHO)
    head = b'GET /api/v1/%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ' + bearer.encode() + b'\r\n'
    first = kept(api, 6)
    open = crowd(api, 40) + crowd(api, 10, rcvbuf=2304) + [Socket(api, bearer) for _ in range(5)]
    for s in open[55:]:
        s.answers = False
    open += [plain(api) for _ in range(10)] + [plain(api, b'GET / HT') for _ in range(10)]
    open += [plain(api, b'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{') for _ in range(10)]
    open += [plain(api, (head + b'\r\n') % b'openapi.json' * 40) for _ in range(10)] # and reads no answer
    lock = plain_lock()
    open += [plain(api, (head + b'\r\n') % b'parties?limit=5') for _ in range(8)]
    changes(50)
    time.sleep(0.5)
    for s in open[:10]:
        s.close()
    return open + first, lock


def plain_lock():
    import subprocess
    p = subprocess.Popen(['psql', '-Xq', ADMIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(b"begin; lock table domovoi.party in access exclusive mode; select 'held';\n")
    p.stdin.flush()
    while b'held' not in p.stdout.readline():
        pass
    return p


for signals, name, most in ((1, 'it ends within its limit, whatever is open', LIMIT + 8), (2, 'a second signal ends it at once', 3)):
    api = begin('ends%d' % signals)
    open, lock = everything(api)
    status, soon = stop(api, most, signals)
    lock.communicate(b'rollback;\n', timeout=20)
    ok((status, soon, api.said()) == (0 if signals == 1 else 128 + signal.SIGTERM, True, ''), name, status, soon, api.said()[-3000:])
    for s in open:
        s.close()
tap.done()
