#!/usr/bin/python3
"""Event streams and WebSockets over TLS: there the library decrypts for us, and hands on through sockets of its own.

  api_tls.py ADMIN_DSN WORK       TAP on stdout.
"""
import atexit, os, socket, ssl, sys, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, at_once, one, sql
from livelib import Socket, Stream, token
from ptylib import Tap, seeded

ADMIN, WORK = sys.argv[1:3]
tap = Tap()
ok = tap.ok
rng = seeded(tap)


def eq(got, want, name):
    return tap.ok(got == want, name, f'got {got!r}, want {want!r}')


api = Api(ADMIN, WORK, threads=2, connections=4, max_per_address=300, streams_per_person=100, stream_heartbeat=2,
          stream_recheck=2, stream_slow=3, header_seconds=3, metrics_listen='127.0.0.1:0')
api.certify()
atexit.register(api.stop)
api.prepare()
api.start()
HEAD = one(ADMIN, "select rolname from domovoi.db_login l join domovoi.membership m using (user_id) where m.role = 'head' and m.company_id = 1")
USER = one(ADMIN, f"select user_id from domovoi.db_login where rolname = '{HEAD}'")
SESSION = one(ADMIN, f"""insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, amr, must_change) values ('{USER}',
    domovoi.now(), domovoi.now(), domovoi.now() + interval '7 days', domovoi.now(), '{{pwd}}', false) returning id""")
key = token(api, (USER, SESSION))
UNIT = one(ADMIN, 'select id from domovoi.unit where company_id = 1 and archived_at is null and parent_id is null order by id limit 1')


def touch(n=1):
    sql(ADMIN, ''.join(f"update domovoi.unit set floor = {rng.randrange(1, 99)} where company_id = 1 and id = '{UNIT}';"
                       'notify domovoi_change;\n' for _ in range(n)))


def place(x):
    return tuple(int(n) for n in x.id.split('.')[1:])


def open_streams():
    c = api.caller(port=api.metrics_port)
    text = c.get('/metrics').body.decode()
    c.close()
    return int(next(x for x in text.split('\n') if x.startswith('domovoi_streams ')).split()[1])


def wait(fn, seconds=10):
    end = time.monotonic() + seconds
    while not (good := fn()) and time.monotonic() < end:
        time.sleep(0.05)
    return good


# ---- requests ------------------------------------------------------------------------------------------------------------------

c = api.caller(token=key)
eq([c.get('/healthz').status, len(c.get('/api/v1/reservations?limit=200').json['items'])], [200, 200], 'requests on one connection, a large answer')
eq(c.post('/api/v1/previews', {'mutations': [{'resource': 'units', 'kind': 'patch', 'record': UNIT, 'set': {'title': 'я' * 150}}] * 500}).status,
   200, 'a large body')
at_first = api.sockets()
half = [socket.create_connection(('127.0.0.1', api.port)) for _ in range(6)]
for i, x in enumerate(half):
    x.sendall((b'', b'\x16\x03\x01\x02\x00\x01', b'GET / HTTP/1.1\r\n\r\n')[i % 3])
    x.settimeout(12)
t0, said = time.monotonic(), []
while time.monotonic() - t0 < 2:
    begun = time.monotonic()
    said.append((c.get('/healthz').status, api.caller().get('/healthz').status, time.monotonic() - begun < 1))
ok(set(said) == {(200, 200, True)} and len(said) > 20, 'who does not get through his handshake holds nobody up', len(said), set(said))


def ends(x):
    try:
        while x.recv(4096):
            pass
    except OSError as e:
        return not isinstance(e, TimeoutError)
    return True


ok(all(ends(x) for x in half) and time.monotonic() - t0 < 10, 'half a handshake has its deadline', time.monotonic() - t0)
for x in half:
    x.close()
with open('/proc/%d/stat' % api.process.pid) as f:
    took = sum(map(int, f.read().rpartition(')')[2].split()[11:13])) / os.sysconf('SC_CLK_TCK')
ok(took < 5, '… nor does it keep the processor busy', '%.1f s' % took)

# ---- event streams ---------------------------------------------------------------------------------------------------------------

s = Stream(api, key, '?topics=changes,alerts,metrics')
eq((s.status, s.headers.get('content-type')), (200, 'text/event-stream'), 'an event stream')
ok(s.wait(lambda x: x.id and {'alert', 'metric'} <= {e[0] for e in x.events}), 'says where it is, and how the day is', s.events)
touch()
ok(s.wait(lambda x: x.pokes()), 'a change is told at once')
ok(s.wait(lambda x: x.comments >= 2, 8), 'it says something while nothing happens')
k = s.pokes()[-1]
touch(200)
tip = tuple(int(n) for n in one(ADMIN, "select xid || '.' || seq from domovoi.change_log order by xid desc, seq desc limit 1").split('.'))
ok(s.wait(lambda x: place(x) >= tip, 20), 'two hundred changes are told, up to the last')
last = s.id
s.close()
touch()
s = Stream(api, key, last=last)
ok(s.wait(lambda x: x.pokes()), 'who comes back is told what he missed')
s.close()
s = Stream(api, token(api, (USER, SESSION), 3))
ok(s.wait(lambda x: x.over or x.ended, 8) and [e for e in s.events if e[0] == 'over'], 'it ends with its token', s.events)
s.close()
slow = Stream(api, key, rcvbuf=2304)
slow.wait(lambda x: x.id)
memory, end = api.memory(), time.monotonic() + 40
while open_streams() > 0 and time.monotonic() < end:
    touch(200)
ok(open_streams() == 0 and api.memory() - memory < 30000, 'who takes nothing is let go', open_streams(), api.memory() - memory)
slow.close()
many = at_once([lambda: Stream(api, key) for _ in range(30)])
ok(all(isinstance(x, Stream) and x.wait(lambda x: x.id) for x in many), 'thirty at once')
touch()
ok(all(x.wait(lambda x: x.pokes()) for x in many), '… all of them are told')
for i, x in enumerate(many): # some say goodbye, most just go
    if i % 3 == 0:
        try:
            x.s.settimeout(1)
            x.s.unwrap()
        except OSError:
            pass
    x.close()
ok(wait(lambda: open_streams() == 0 and api.sockets() <= at_first, 15), 'when they have gone nothing of them stays', open_streams(),
   api.sockets(), at_first)

# ---- WebSockets --------------------------------------------------------------------------------------------------------------------

w = Socket(api, key)
eq((w.status, w.headers.get('sec-websocket-accept')), (101, 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='), 'a handshake')
ok(w.wait(lambda x: x.of('hello') and x.of('metric') and x.of('alert')), 'hello, figures, alerts', w.messages)
touch()
ok(w.wait(lambda x: x.of('poke')), 'a change is told at once')
k = len(w.of('hello'))
w.send(w.frame(0x01, b'{"type":'), w.frame(0x89, b'hi'), w.frame(0x00, b'"ref'), w.frame(0x80, b'resh"}'))
ok(w.wait(lambda x: len(x.of('hello')) > k and b'hi' in x.pongs), 'a message in pieces, a ping between')
for byte in w.frame(0x81, b'{"type": "refresh"}'):
    w.send(bytes([byte])) # each in a record of its own
ok(w.wait(lambda x: len(x.of('hello')) > k + 1), 'byte by byte')
w.send(b''.join(w.frame(0x81, b'{"type": "refresh"}') for _ in range(40)))
ok(w.wait(lambda x: len(x.of('hello')) > k + 2), 'many in one record')
ok(w.wait(lambda x: x.of('ping') and x.pings, 6), 'pings, of both kinds')
F = Socket.frame


def code_of(*frames, extra=b''):
    x = Socket(api, key, extra=extra)
    x.send(*frames)
    x.wait(lambda x: x.ended, 8)
    said, over = x.code, x.ended
    x.close()
    return said if over else 'stays'


eq([code_of(F(0x81, b'x' * 4097)), code_of(F(0x81, b'{}', masked=False)), code_of(F(0x81, b'\xff')), code_of(F(0x88, b'\x03\xe8'))],
   [1009, 1002, 1007, 1000], 'its last word is heard, and the connection ends')
eq(code_of(extra=b'GET / HTTP/1.1\r\n\r\n'), 1002, 'what comes before the handshake is over is no message')
for _ in range(10):
    code_of(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 400))), F(0x88, b'\x03\xe8'))
mute = Socket(api, key)
mute.answers = False
ok(mute.wait(lambda x: x.code == 4408, 15), 'who answers no ping is let go', mute.code)
ok(mute.wait(lambda x: x.ended, 8), '… and his connection ends')
short = Socket(api, token(api, (USER, SESSION), 3))
ok(short.wait(lambda x: x.code == 4401, 8), 'a socket ends with its token', short.code)
many = at_once([lambda: Socket(api, key) for _ in range(30)])
ok(all(isinstance(x, Socket) and x.wait(lambda x: x.of('metric')) for x in many), 'thirty at once')
for x in many + [w, mute, short]:
    x.close()
ok(wait(lambda: open_streams() == 0 and api.sockets() <= at_first, 20), 'when they have gone nothing of them stays', open_streams(),
   api.sockets(), at_first)

# ---- the end -------------------------------------------------------------------------------------------------------------------------

e, w = Stream(api, key), Socket(api, key)
ok(e.wait(lambda x: x.id) and w.wait(lambda x: x.of('metric')), 'one of each')
stopped, t0 = [], time.monotonic()
t = threading.Thread(target=lambda: stopped.append(api.stop()))
t.start()
ok(w.wait(lambda x: x.code == 1001, 8), 'a server that stops says goodbye', w.code)
ok(e.wait(lambda x: x.over or x.ended, 8), '… and ends its streams')
t.join()
ok((stopped, api.said()) == ([0], ''), 'it ends by itself, and cleanly', stopped, api.said(), api.events()[-4:])
ok(time.monotonic() - t0 < 9, '… at once', time.monotonic() - t0)
tap.done()
