#!/usr/bin/python3
"""Who is told of what, live: event streams and WebSockets of a real domovoid, and the day that they show.

  api_live.py ADMIN_DSN WORK       TAP on stdout. Changes are made by the database's owner, or by people over the API.
"""
import atexit, os, sys, threading, time, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import apilib
from apilib import Api, sql
from livelib import Socket, Stream, token
from ptylib import Tap, seeded

ADMIN, WORK = sys.argv[1:3]
NOW = '2026-06-16T09:00:00+05:00'
tap = Tap()
ok = tap.ok
rng = seeded(tap)


def eq(got, want, name):
    return ok(got == want, name, 'got  %r' % (got,), 'want %r' % (want,))


def do(text):
    return sql(ADMIN, "set domovoi.now = '%s'; %s" % (NOW, text))


def one(text):
    return do(text)[0][0]


api = Api(ADMIN, WORK, threads=2, connections=6, max_per_address=600, streams_per_person=8, stream_heartbeat=2,
          stream_recheck=2, stream_slow=3, origins='https://desk.example', metrics_listen='127.0.0.1:0',
          env={'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=1:thread_local_quarantine_size_kb=64'})
atexit.register(api.stop)
sql(ADMIN, '''do $$ begin
  if not exists (select from pg_roles where rolname = 't_domovoid') then create role t_domovoid login noinherit; end if;
  grant domovoi_platform, domovoi_company, domovoi_own, domovoi_assigned, domovoi_landlord, domovoi_api to t_domovoid;
  alter role t_domovoid set role = domovoi_api;
end $$;
insert into domovoi.api_role values ('t_domovoid', false) on conflict do nothing;''')
api.start()


def person(login):
    """(user, a login session of his own)"""
    user = one("select user_id from domovoi.db_login where rolname = '%s'" % login)
    return user, one("""insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, amr, must_change)
        values ('%s', domovoi.now(), domovoi.now(), domovoi.now() + interval '7 days', domovoi.now(), '{pwd}', false)
        returning id""" % user)


def login_of(role, company, nth=0):
    return do("""select l.rolname from domovoi.db_login l join domovoi.membership m using (user_id) where m.role = '%s'
        and m.company_id = %d and m.active order by 1""" % (role, company))[nth][0]


def tell():
    """As the notifier would."""
    do('notify domovoi_change')


def touch(where, table='unit'):
    do("update domovoi.%s set note = '%s' where %s" % (table, uuid.uuid4(), where) if table != 'unit' else
       "update domovoi.unit set floor = 1 + (random() * 20)::int, title = title where %s" % where)
    tell()


HEAD, OTHER = login_of('head', 1), login_of('head', 2)
A, B = login_of('realtor', 1), login_of('realtor', 1, 1)
who = {x: person(x) for x in (HEAD, OTHER, A, B)}
key = {x: token(api, who[x]) for x in who}


def unit_of(login):
    return one("""select u.id from domovoi.unit u where u.company_id = 1 and u.agent_id = '%s' and u.archived_at is null
        order by u.id limit 1""" % who[login][0])


UNIT = {A: unit_of(A), B: unit_of(B)}
UNIT[OTHER] = one('select id from domovoi.unit where company_id = 2 and archived_at is null order by id limit 1')


def is_at(login, company=1):
    return "company_id = %d and id = '%s'" % (company, UNIT[login])


# ---- who is told ------------------------------------------------------------------------------------------------------

s = {x: Stream(api, key[x]) for x in who}
eq([(x.status, x.headers.get('content-type'), x.headers.get('cache-control')) for x in s.values()],
   [(200, 'text/event-stream', 'no-store')] * 4, 'streams of events')
ok(all(x.wait(lambda x: x.id) for x in s.values()), 'each knows at once where it is')
before = {x: s[x].id for x in s}
touch(is_at(A))
ok(s[A].wait(lambda x: x.pokes()), "an agent is told of his unit")
ok(s[HEAD].wait(lambda x: x.pokes()), 'his head, too')
eq(s[A].pokes()[0][2], {'resources': ['units']}, 'what kind of record, no more')
touch(is_at(B))
touch(is_at(OTHER, 2))
ok(s[B].wait(lambda x: x.pokes()) and s[OTHER].wait(lambda x: x.pokes()), 'others are told of theirs')
time.sleep(1.5)
for x in s.values():
    x.wait(lambda _: False, 0.1)
eq([len(s[x].pokes()) for x in (A, B, OTHER)], [1, 1, 1], "nobody of another's: not an agent, not a company")
eq(len(s[HEAD].pokes()), 2, 'a head of both agents, not of the other company')
ok(s[OTHER].id != before[OTHER] and '' not in (s[A].id, s[B].id), 'places go on')

platform = do("""select l.rolname from domovoi.db_login l join domovoi.membership m using (user_id) join domovoi.role r on r.code = m.role
    where r.scope = 'platform' and r.code = 'superuser' order by 1""")[0][0]
who[platform] = person(platform)
key[platform] = token(api, who[platform])
p = Stream(api, key[platform])
p.wait(lambda x: x.id)
touch(is_at(A))
touch(is_at(OTHER, 2))
ok(p.wait(lambda x: len(x.pokes()) >= 2), 'the platform is told of every company')
p.close()

# ---- coming back ------------------------------------------------------------------------------------------------------

s[A].wait(lambda x: x.pokes())
at = s[A].id
s[A].close()
for _ in range(3):
    touch(is_at(A))
touch(is_at(B))
time.sleep(0.5)
again = Stream(api, key[A], last=at)
ok(again.wait(lambda x: x.pokes(), 3), 'who comes back is told what he missed')
eq(again.pokes()[0][2], {'resources': ['units']}, '… and of what kind it was')
at = again.id
again.close()
again = Stream(api, key[A], last=at)
again.wait(lambda x: x.id)
ok(not again.wait(lambda x: x.pokes(), 1.5), 'nothing twice')
again.close()
other = Stream(api, key[A], last='00000000' + at[8:])
ok(other.wait(lambda x: x.events) and other.events[0][0] == 'reset', 'a place in another database: start anew')
other.close()
bad = Stream(api, key[A], last='rubbish')
eq((bad.status, bad.body().get('code')), (400, 'bad-cursor'), 'what was never given is refused')

me = api.caller(token=key[A])
r = me.get('/api/v1/events?poll=1')
eq((r.status, r.json['changed']), (200, False), 'who cannot wait asks once')
at = r.json['cursor']
touch(is_at(B))
time.sleep(0.7)
r = me.get('/api/v1/events?poll=1&cursor=' + at)
eq((r.json['changed'], r.json['cursor'] != at), (False, True), "… and is not told of another's")
touch(is_at(A))
time.sleep(0.7)
r = me.get('/api/v1/events?poll=1', Last_Event_ID=r.json['cursor'])
eq((r.json['changed'], r.json['resources']), (True, ['units']), '… but of his own')
r = me.get('/api/v1/events?poll=1&cursor=' + r.json['cursor'])
eq(r.json['changed'], False, '… once')
eq([me.get('/api/v1/events' + q).code() for q in ('?topics=rubbish', '?access_token=x', '?poll=1&cursor=x')],
   ['bad-parameter', 'unknown-parameter', 'bad-cursor'], 'flaws are named')
eq(api.caller().get('/api/v1/events').code(), 'token-missing', 'nobody is told nothing')

# ---- as long as he may --------------------------------------------------------------------------------------------------

n = len(s[HEAD].pokes())
ok(s[HEAD].wait(lambda x: x.comments >= 3, 10), 'a heartbeat, when nothing else is said')
many = [Stream(api, key[B]) for _ in range(7)]
eq([x.status for x in many], [200] * 7, 'eight streams a person')
ninth = Stream(api, key[B])
eq((ninth.status, ninth.body().get('code')), (429, 'rate-limited'), 'not nine')
for x in many:
    x.close()
time.sleep(1.5)
eq(Stream(api, key[B]).status, 200, 'one that is closed counts no more')

short = Stream(api, token(api, who[A], 4))
ok(short.wait(lambda x: x.over, 8), 'a stream ends with its token')
eq(short.events[-1][:1] + short.events[-1][2:], ('over', {'code': 'token-expired'}), '… and says so')
second = person(A)
gone = Stream(api, token(api, second))
sock = Socket(api, token(api, second))
ok(gone.wait(lambda x: x.id) and sock.status == 101, 'a second login of his')
do("update domovoi.login_session set closed_at = domovoi.now(), closed_why = 'revoked' where id = '%s'" % second[1])
ok(gone.wait(lambda x: x.over, 8), 'a stream ends when the session is revoked')
eq(gone.events[-1][2], {'code': 'session-revoked'}, '… and says so')
ok(sock.wait(lambda x: x.code, 8) and sock.code == 4401, 'so does a WebSocket')
r = Stream(api, token(api, second))
eq((r.status, r.body().get('code')), (401, 'session-revoked'), 'and none is opened with it')
live = Stream(api, key[A])
ok(live.wait(lambda x: x.id), 'the other session goes on')
do("update domovoi.unit set agent_id = '%s' where %s" % (who[A][0], is_at(B)))
tell()
ok(live.wait(lambda x: x.pokes()), 'a unit that comes to him')
seen = len(live.pokes())
do("update domovoi.unit set agent_id = '%s' where %s" % (who[B][0], is_at(B)))
tell()
ok(live.wait(lambda x: len(x.pokes()) > seen), '… and that leaves him')

# a role that is changed changes what is told
seen = len(live.pokes())
do("update domovoi.app_user set updated_at = domovoi.now() where id = '%s'" % who[A][0])
do("insert into domovoi.user_permission (company_id, user_id, permission, granted, granted_at) values (1, '%s', 'unit.view', false, domovoi.now())" % who[A][0])
do("update domovoi.app_user set updated_at = domovoi.now() where id = '%s'" % who[A][0])
tell()
ok(live.wait(lambda x: [e for e in x.pokes()[seen:] if e[2].get('reset')], 8), 'other rights: look at everything')
seen = len(live.pokes())
touch(is_at(A))
ok(not live.wait(lambda x: len(x.pokes()) > seen, 2), 'who may not see units any more is not told of them')
do("delete from domovoi.user_permission where user_id = '%s' and permission = 'unit.view'" % who[A][0])
do("update domovoi.app_user set updated_at = domovoi.now() where id = '%s'" % who[A][0])
tell()
live.close()

# ---- the reader's own trouble ----------------------------------------------------------------------------------------------

s[HEAD].wait(lambda _: False, 0.2)
seen = len(s[HEAD].pokes())
do("select pg_terminate_backend(pid) from pg_stat_activity where usename = 't_domovoid' and query ilike '%listen%' or query like '%ops.feed%' and usename = 't_domovoid'")
touch(is_at(A))
ok(s[HEAD].wait(lambda x: len(x.pokes()) > seen, 10), 'the reader lost its connection: nothing is missed')
do('update domovoi.server set incarnation = gen_random_uuid()')
tell()
ok(s[HEAD].wait(lambda x: [e for e in x.events if e[0] == 'reset'], 10), 'a restored database: everybody starts anew')
seen = len(s[HEAD].pokes())
touch(is_at(A))
ok(s[HEAD].wait(lambda x: len(x.pokes()) > seen), '… and is told from there')
old = Stream(api, key[A], last=s[HEAD].id[:9] + '1.1')
ok(old.wait(lambda x: x.pokes()) and old.pokes()[0][2].get('reset') is True, 'older than what is kept: look at everything')
old.close()

# ---- many ------------------------------------------------------------------------------------------------------------------


def backends():
    return int(sql(ADMIN, "select count(*) from pg_stat_activity where usename = 't_domovoid'")[0][0])


for x in s.values():
    x.close()
time.sleep(1.5)
open_before = api.sockets()
crowd = []
do("""insert into domovoi.app_user (login, display_name) select 'crowd' || i, 'Crowd ' || i from generate_series(1, 25) i on conflict do nothing;
    insert into domovoi.membership (company_id, user_id, role, is_default) select 1, u.id, 'manager', true from domovoi.app_user u
      where u.login like 'crowd%' and not exists (select from domovoi.membership m where m.user_id = u.id)""")
for who_session in sql(ADMIN, """insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, amr, must_change)
        select u.id, domovoi.now(), domovoi.now(), domovoi.now() + interval '7 days', domovoi.now(), '{pwd}', false from domovoi.app_user u
         where u.login like 'crowd%' returning user_id, id"""):
    bearer = token(api, who_session)
    crowd += [Stream(api, bearer) for _ in range(8)]
eq(sum(x.status == 200 for x in crowd), 200, 'two hundred streams')
ok(all(x.wait(lambda x: x.id) for x in crowd), 'all of them know where they are')
time.sleep(1)
idle = backends()
ok(idle <= 7, 'and hold no connection to the database: six of the pool, one of the reader', idle)
memory = api.memory()
text = ''.join("begin; update domovoi.unit set floor = %d where %s; notify domovoi_change; commit;\n" % (i % 20 + 1, is_at((A, B)[i % 2]))
               for i in range(300))
do(text)
tip = one("select xid || '.' || seq from domovoi.change_log order by xid desc, seq desc limit 1")


def place(x):
    return tuple(int(n) for n in x.id.split('.')[1:])


want = tuple(int(n) for n in tip.split('.'))
t0 = time.monotonic()
woken = sum(x.wait(lambda x: x.pokes() and place(x) >= want, max(0.1, 20 - (time.monotonic() - t0))) for x in crowd)
eq(woken, 200, 'three hundred changes: every one of them is woken, up to the last')
eq(backends() <= 7, True, 'with no connection more')
tap.diag('memory %d kB more, %d pokes' % (api.memory() - memory, sum(len(x.pokes()) for x in crowd)))
for x in crowd:
    x.close()
end = time.monotonic() + 8
while api.sockets() > open_before and time.monotonic() < end:
    time.sleep(0.1)
ok(api.sockets() <= open_before, 'when they have gone nothing of them stays open', open_before, api.sockets())

# who does not read
slow = Stream(api, key[HEAD], rcvbuf=2304)
slow.wait(lambda x: x.id)
memory = api.memory()
stop = time.monotonic() + 25
t = ''.join("update domovoi.unit set floor = %d where %s; notify domovoi_change;\n" % (i % 20 + 1, is_at(A)) for i in range(200))
open_streams = lambda: int([l for l in api_metrics().split('\n') if l.startswith('domovoi_streams ')][0].split()[1])


def api_metrics():
    c = apilib.Caller(api, port=api.metrics_port)
    text = c.get('/metrics').body.decode()
    c.close()
    return text


while time.monotonic() < stop and open_streams() > 0:
    do(t)
eq(open_streams(), 0, 'who takes nothing is let go')
ok(api.memory() - memory < 20000, 'without growing meanwhile', '%d kB' % (api.memory() - memory))
slow.close()

# ---- the day -----------------------------------------------------------------------------------------------------------------

head, agent, stranger = (api.caller(token=key[x]) for x in (HEAD, A, OTHER))
day = head.get('/api/v1/monitoring/dashboard').json
figures = {f['key']: f for f in day['figures']}
eq((day['company'], day['currency'], day['today']), (1, 'KZT', '2026-06-16'), 'the day of a company')
eq(set(figures), {'arrivals', 'departures', 'in_house', 'free', 'blocked', 'holds', 'occupied'}, 'its figures')
eq(figures['in_house']['total'], int(one("select count(*) from domovoi.reservation where company_id = 1 and status = 'checked_in'")),
   'counted')
mine = {f['key']: f for f in agent.get('/api/v1/monitoring/dashboard').json['figures']}
eq(mine['in_house']['total'], int(one("""select count(*) from domovoi.reservation where company_id = 1 and status = 'checked_in'
    and agent_id = '%s'""" % who[A][0])), "an agent's are of his own")
alerts = head.get('/api/v1/monitoring/alerts').json['items']
ok(alerts and set(alerts[0]) >= {'id', 'name', 'severity', 'count', 'status', 'filter', 'resource'}, 'alerts', alerts)
eq([a['severity'] for a in alerts], sorted((a['severity'] for a in alerts), reverse=True), 'the worst first')
eq([a['id'] for a in head.get('/api/v1/monitoring/alerts?severity=1').json['items']], [a['id'] for a in alerts if a['severity'] == 1],
   'of one severity')
eq([a['id'] for a in head.get('/api/v1/monitoring/alerts?severity=gte.1&status=eq.open').json['items']],
   [a['id'] for a in alerts if a['severity'] >= 1], 'or more')
eq([head.get('/api/v1/monitoring/alerts?' + q).code() for q in ('severity=9', 'status=maybe', 'x=1')],
   ['unknown-filter', 'unknown-filter', 'unknown-parameter'], 'filters that find nothing by mistake are refused')
alert = alerts[0]['id']
path = '/api/v1/monitoring/alerts/%s/acknowledgements' % alert
eq(head.post(path, {}, key=None).code(), 'idempotency-key-required', 'an acknowledgement has an id')
mark = str(uuid.uuid4())
r = head.post(path, {'minutes': 60, 'note': 'on it'}, key=mark)
eq((r.status, r.json.get('status'), r.json.get('note')), (201, 'acknowledged', 'on it'), 'somebody looks after it')
eq(head.post(path, {'minutes': 60, 'note': 'on it'}, key=mark).status, 201, 'sent twice is done once')
eq(one("select count(*) from domovoi.alert_mark where id = '%s'" % mark), '1', '… once')
eq(one("select count(*) from domovoi.audit_log where mutation_id = '%s'" % mark), '1', 'and it is in the trail')
eq(head.post(path, {'minutes': 90}, key=mark).code(), 'mid-reused', 'not for another purpose')
eq(head.post('/api/v1/monitoring/alerts/none/acknowledgements', {}).status, 404, 'no such alert')
eq([head.post(path, b).status for b in ({'minutes': 0}, {'minutes': 'x'}, {'note': 'x' * 501}, {'until': 1})], [422, 422, 422, 400],
   'what is not understood is refused')
eq([a['status'] for a in head.get('/api/v1/monitoring/alerts').json['items'] if a['id'] == alert], ['acknowledged'], 'it is so for all')
eq([a['status'] for a in agent.get('/api/v1/monitoring/alerts').json['items'] if a['id'] == alert] in ([], ['open']), True,
   'but not for an agent, whose alert is of his own stays')
eq([a['status'] for a in stranger.get('/api/v1/monitoring/alerts').json['items'] if a['id'] == alert] in ([], ['open']), True,
   'nor in another company')
auditor = api.caller(token=token(api, person(login_of('auditor', 1))))
eq(auditor.post(path, {}).status, 403, 'who may only look does not say that he does something')
eq(head.post(path, {}, Domovoi_See_As=A).status in (403, 404), True, 'nor who sees with the eyes of somebody else')
do("update domovoi.alert_mark set count = count - 1")
eq([a['status'] for a in head.get('/api/v1/monitoring/alerts').json['items'] if a['id'] == alert], ['open'], 'one more, and it is open again')

# ---- WebSockets ----------------------------------------------------------------------------------------------------------------

eq(Socket(api, None).status, 401, 'nobody has no WebSocket')
eq(Socket(api, None, path='/ws/monitoring?token=' + key[HEAD]).status, 401, 'and no token is taken from an address')
r = Socket(api, key[HEAD], Sec_WebSocket_Version='8')
eq((r.status, r.headers.get('sec-websocket-version')), (426, '13'), 'another version')
eq([Socket(api, key[HEAD], **h).status for h in (dict(Upgrade=None), dict(Sec_WebSocket_Key='x'), dict(Sec_WebSocket_Protocol='chat'),
   dict(Origin='https://evil.example'))], [426, 400, 400, 403], 'no upgrade, no key, no protocol of ours, a strange origin')
w = Socket(api, key[HEAD], Origin='https://desk.example', Sec_WebSocket_Protocol='pm.v1')
eq((w.status, w.headers.get('sec-websocket-accept'), w.headers.get('sec-websocket-protocol')),
   (101, 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'pm.v1'), 'a handshake')
ok(w.wait(lambda x: x.of('metric') and x.of('alert')), 'the day, at first', w.messages)
eq([m['type'] for m in w.messages[:3]], ['hello', 'metric', 'alert'], 'hello, figures, alerts')
a = Socket(api, key[A], Sec_WebSocket_Protocol=None)
ok(a.wait(lambda x: x.of('metric')), "an agent's")
eq([{f['key']: f['total'] for f in x.of('metric')[0]['metrics']}['in_house'] for x in (w, a)],
   [figures['in_house']['total'], mine['in_house']['total']], 'each his own')
blocked = one("""select u.id from domovoi.unit u where u.company_id = 1 and u.agent_id = '%s' and u.archived_at is null and u.parent_id is null
   and not exists (select from domovoi.occupancy o where o.company_id = 1 and o.unit_id = u.id and o.check_out > '2026-06-16' and
     o.check_in < '2026-06-18')
   and not exists (select from domovoi.unit k where k.parent_id = u.id) limit 1""" % who[A][0])
k = len(w.of('metric'))
r = head.post('/api/v1/blocks', {'unit': blocked, 'check_in': '2026-06-16', 'check_out': '2026-06-18', 'reason': 'repair'})
eq(r.status, 201, 'a unit is blocked over the API')
tell()
ok(w.wait(lambda x: [m for m in x.of('poke') if 'blocks' in m['resources']]), 'a poke')
ok(w.wait(lambda x: len(x.of('metric')) > k), 'and figures')
eq({f['key']: f['total'] for f in w.of('metric')[-1]['metrics']}, {'free': figures['free']['total'] - 1,
   'blocked': figures['blocked']['total'] + 1}, 'those that changed, no others')
k, t0 = len(w.of('metric')), time.monotonic()
while time.monotonic() - t0 < 3:
    touch(is_at(A))
    w.wait(lambda _: False, 0.02)
w.wait(lambda _: False, 2)
ok(len(w.of('metric')) - k <= 5, 'figures at most once a second', len(w.of('metric')) - k)
ok(w.wait(lambda x: x.of('ping') and x.pings, 5), 'a ping, of both kinds')
k = len(w.of('hello'))
w.send(w.frame(0x01, b'{"type":'), w.frame(0x89, b'hi'), w.frame(0x00, b'"ref'), w.frame(0x80, b'resh"}'))
ok(w.wait(lambda x: len(x.of('hello')) > k and len(x.of('metric')[-1]['metrics']) == 7), 'a message in pieces is one: everything again')
ok(b'hi' in w.pongs, 'and a ping between them is answered')
w.say('{"type": "of later versions"}')
w.say('{}')
ok(not w.wait(lambda x: x.code, 1), 'words of later versions are no offence')


def ends(*frames, extra=b''):
    x = Socket(api, key[B], extra=extra)
    x.send(*frames)
    x.wait(lambda x: x.code is not None or x.ended, 8)
    x.wait(lambda x: x.ended, 8)
    code, ended = x.code, x.ended
    x.close()
    return code if ended else 'stays'


F = Socket.frame
eq([ends(F(0x81, b'x' * 4097)), ends(F(0x81, b'', length=1 << 40)), ends(F(0x81, b'{}', masked=False)), ends(F(0x81, b'\xff\xfe')),
    ends(F(0x82, b'x')), ends(F(0xc1, b'{}')), ends(F(0x80, b'x')), ends(F(0x81, b'[]')), ends(F(0x88, b'\x03\xe8'))],
   [1009, 1009, 1002, 1007, 1003, 1002, 1002, 1003, 1000],
   'too big, a lie about its length, unmasked, bad UTF-8, binary, compressed, out of order, no object, a goodbye')
eq(ends(extra=b'GET / HTTP/1.1\r\n\r\n'), 1002, 'what comes before the handshake is over is no message')
for _ in range(20):
    ends(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 400))), F(0x88, b'\x03\xe8'))
ok(api.alive(), 'rubbish ends a connection, no more', api.said())
idle = Socket(api, key[B])
idle.answers = False
ok(idle.wait(lambda x: x.code == 4408, 12), 'who answers no ping is let go', idle.code)
short = Socket(api, token(api, who[B], 3))
ok(short.wait(lambda x: x.code == 4401, 8), 'a socket ends with its token', short.code)
eq(Socket(api, key[HEAD], path='/ws/monitoring?x=1').status, 400, 'there are no parameters')

# ---- the end ---------------------------------------------------------------------------------------------------------------------

e = Stream(api, key[HEAD], '?topics=changes,alerts,metrics')
w.close()
w = Socket(api, key[HEAD])
ok(w.wait(lambda x: x.of('metric')), 'one more')
ok(e.wait(lambda x: {'alert', 'metric'} <= {v[0] for v in x.events}), 'alerts and figures as events', e.events)
stopped = []
t = threading.Thread(target=lambda: stopped.append(api.stop()))
t.start()
ok(w.wait(lambda x: x.code == 1001, 8), 'a server that stops says goodbye', w.code)
ok(e.wait(lambda x: x.over or x.ended, 8), '… and ends its streams')
t.join()
ok((stopped, api.said()) == ([0], ''), 'it ends by itself, and cleanly', stopped, api.said(), api.events()[-6:])
tap.done()
