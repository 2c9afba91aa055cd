#!/usr/bin/python3
"""What people who are let in, or nearly, try: one key for many requests, stolen tokens, forged addresses, SQL in every
parameter, records of another company.

  api_attacks.py ADMIN_DSN WORK       TAP on stdout
"""
import json, os, re, subprocess, sys, time, urllib.parse, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, at_once, one, sql
from ptylib import Tap, count, seeded

quote = lambda s: urllib.parse.quote(s, safe='')


# ---- one key, many requests ---------------------------------------------------------------------------------

def one_key(tap, api):
    n = 50
    people = [api.sign_in('head_1')] + [api.caller() for _ in range(n - 1)]
    for p in people[1:]:
        p.token = people[0].token
    key, body = str(uuid.uuid4()), {'name': 'Rival Canary', 'kind': 'person'}
    made = lambda name: int(one(api.admin, "select count(*) from domovoi.party where name = :'name'", name=name))
    all = at_once([lambda p=p: p.post('/api/v1/parties', body, key=key) for p in people])
    statuses = sorted({getattr(a, 'status', repr(a)) for a in all}, key=str)
    ids = {a.json['row']['id'] for a in all if getattr(a, 'status', 0) in (200, 201)}
    tap.ok(made('Rival Canary') == 1 and len(ids) == 1 and set(statuses) <= {200, 201, 409}, '%d at once with one key: one effect' % n,
           made('Rival Canary'), ids, statuses, *[getattr(a, 'body', a) for a in all if getattr(a, 'status', 500) >= 500][:3])
    again = people[0].post('/api/v1/parties', body, key=key)
    tap.ok(again.status in (200, 201) and again.json['row']['id'] in ids, 'and again later: the same record', again.status, again.body[:300])
    other = people[0].post('/api/v1/parties', dict(body, name='Rival Canary 2'), key=key)
    tap.ok(other.status == 422 and other.code() == 'mid-reused' and made('Rival Canary 2') == 0, 'the key with another body is refused', other.status, other.body[:300])
    elsewhere = people[0].post('/api/v1/units', {'code': 'RC-1', 'title': 'Rival', 'kind': 'apartment'}, key=key)
    tap.ok(elsewhere.status == 422, 'the key at another path is refused', elsewhere.status, elsewhere.body[:300])
    stranger = api.sign_in('head_2').post('/api/v1/parties', body, key=key)
    tap.ok(stranger.status in (409, 422) and b'Rival' not in stranger.body and made('Rival Canary') == 1,
           'the key from somebody else has no effect and tells nothing', stranger.status, stranger.body[:300])
    unit, day = one(api.admin, """select u.id, '2027-02-01' from api.units u where u.company = 1 and u.kind = 'apartment' and u.status = 'free'
        and exists (select from domovoi.offering o where o.unit_id = u.id and o.mode = 'short_stay') order by u.code limit 1"""), '2027-02-01'
    stay = {'unit': unit, 'check_in': day, 'check_out': '2027-02-04'}
    all = at_once([lambda p=p: p.post('/api/v1/reservations', stay) for p in people])
    won = [a for a in all if getattr(a, 'status', 0) == 201]
    codes = {(getattr(a, 'status', repr(a)), a.code()) for a in all if a not in won}
    booked = int(one(api.admin, "select count(*) from domovoi.reservation where unit_id = :'unit' and check_in = :'day' and status in ('hold', 'confirmed')",
                     unit=unit, day=day))
    tap.ok(len(won) == 1 and booked == 1 and codes == {(409, 'slot-taken')}, '%d with keys of their own for one night: one wins, the others are told why' % n,
           len(won), booked, codes)
    for p in people:
        p.close()


# ---- tokens ---------------------------------------------------------------------------------------------------

def refresh(c, token):
    return c.post('/api/v1/auth/refresh', {'refresh_token': token}, key=None)


def tokens(tap, api):
    c = api.sign_in('realtor_1')
    lost = [refresh(c, c.refresh) for _ in range(10)]
    tap.ok({r.status for r in lost} == {200}, 'ten replies that were lost: the honest one stays signed in', [r.status for r in lost])
    last = lost[-1].json
    r = refresh(c, last['refresh_token'])
    c.token = r.json.get('access_token', c.token)
    tap.ok(r.status == 200 and c.get('/api/v1/units?limit=1').status == 200, 'and goes on with the last', r.status, r.body[:300])
    stolen = refresh(api.caller(), c.refresh)
    tap.ok(stolen.status == 401, 'the first token, long used, is refused', stolen.status, stolen.body[:300])
    after = [c.get('/api/v1/units?limit=1').status, refresh(c, r.json['refresh_token']).status]
    tap.ok(after == [401, 401], 'and with it the whole family: the next request already', after)
    tap.ok(int(one(api.admin, "select count(*) from domovoi.login_session where id = :'id' and closed_why = 'stolen'", id=c.session)) == 1,
           'which is written down')
    c = api.sign_in('realtor_1')
    all = at_once([lambda: refresh(api.caller(), c.refresh) for _ in range(20)])
    good = [a for a in all if getattr(a, 'status', 0) == 200]
    c.token = good[-1].json['access_token'] if good else None
    tap.ok(len(good) == 20 and c.get('/api/v1/units?limit=1').status == 200, 'twenty refreshes at once: nobody is taken for a thief',
           [getattr(a, 'status', a) for a in all])
    done = c.post('/api/v1/auth/logout', key=None)
    tap.ok(done.status == 204 and c.get('/api/v1/units?limit=1').status == 401, 'after the logout the token is nothing', done.status)
    for forged in ('', 'x', 'null', c.token + 'A', c.token[:-3] + 'AAA', '.'.join(['eyJhbGciOiJub25lIn0', c.token.split('.')[1], '']), "' or 1=1--"):
        s = api.caller(token=forged or ' ').get('/api/v1/units?limit=1')
        tap.ok(s.status == 401, 'a bearer of %.20r is nobody' % forged, s.status, s.body[:200])


def limits(tap, api):
    """Five failures, whatever the headers say about who it is."""
    sources = ['%d.%d.%d.%d' % (i, i, i, i) for i in range(1, 9)]
    names = ('X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP', 'CF-Connecting-IP', 'True-Client-IP', 'X-Forwarded-Host', 'X-Originating-IP')

    def attempt(login, password, source, forged):
        c = api.caller(source=source)
        h = {n.replace('-', '_'): ('for=' + forged if n == 'Forwarded' else forged) for n in names}
        r = c.post('/api/v1/auth/login', {'login': login, 'password': password}, key=None, **h)
        c.close()
        return r
    all = [attempt('manager_1', 'wrong', '127.0.3.1', s).status for s in sources]
    tap.ok(all[:5] == [401] * 5 and set(all[5:]) == {429}, 'an account has five attempts, whatever address is claimed', all)
    right = attempt('manager_1', 'correct horse battery', '127.0.3.2', '9.9.9.9')
    tap.ok(right.status == 429 and int(right.headers.get('retry-after', 0)) > 0, 'then the right password waits as well, also from elsewhere', right.status)
    logins = [r[0] for r in sql(api.admin, "select login from domovoi.app_user where login like '%\\_2' order by 1")]
    all = [attempt(login, 'wrong', '127.0.3.3', s).status for login, s in zip(logins + ['nobody%d' % i for i in range(9)], sources)]
    tap.ok(all[:5] == [401] * 5 and set(all[5:]) == {429}, 'an address has five attempts, over all accounts and whatever it claims', all)
    tap.ok(attempt('auditor_1', 'correct horse battery', '127.0.3.4', '8.8.8.8').status == 200, 'other people at other addresses sign in')


def proxied(tap, api):
    """Behind a proxy the address is the last that the proxy itself has seen."""
    api.stop()
    api.settings['proxies'] = '127.0.0.1'
    api.start()
    c = api.caller()
    all = [c.post('/api/v1/auth/login', {'login': 'ghost%d' % i, 'password': 'wrong'}, key=None,
                  X_Forwarded_For='%d.1.1.1, 198.51.100.7' % (i + 1)).status for i in range(8)]
    tap.ok(all[:5] == [401] * 5 and set(all[5:]) == {429}, 'behind a proxy, what the caller puts in front of its address does not help', all)
    r = c.post('/api/v1/auth/login', {'login': 'ghost', 'password': 'wrong'}, key=None, X_Forwarded_For='198.51.100.8')
    tap.ok(r.status == 401, 'another address has its own attempts', r.status)
    r = c.post('/api/v1/auth/login', {'login': 'ghost', 'password': 'wrong'}, key=None, X_Forwarded_For="1.1.1.1'; drop table x--")
    tap.ok(r.status in (400, 401, 429), 'an address that is none', r.status, r.body[:200])


# ---- SQL in every parameter -----------------------------------------------------------------------------------

PAYLOADS = ["'", "''; select pg_sleep(6)--", "' or '1'='1", "1; drop table domovoi.party; --", "$$;select pg_sleep(6);$$", "\\'; --", "') union select rolpassword from pg_authid--",
            '"; select 1; --', "%' or 1=1 --", "1) or pg_sleep(6) is null or (1=1", "{{7*7}}", "\u02bc or 1=1", "'||(select pg_sleep(6))||'", "null::text", "a\x1fb", "\\x27", "*", "(", "[",
            "current_setting('x')", "9" * 400, "-1", "1e308", "\U0001f4a5", "../../etc/passwd", "${jndi:ldap://x}", "%00", "\x00", "in.(1,2", "gte.", "prefix.%"]
STATE = """select string_agg(format('%s=%s', c.relname, (xpath('/row/n/text()', query_to_xml('select count(*) as n from domovoi.' || quote_ident(c.relname), false, true, '')))[1]::text), ' '
    order by c.relname) from pg_class c where c.relnamespace = 'domovoi'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not in ('auth_limit', 'login_session', 'refresh_token', 'audit_log', 'mutation', 'change_log', 'report_job', 'pii_access', 'secret_access')"""


def injection(tap, api, catalogue, random):
    me = api.sign_in('superuser')
    before, each = one(api.admin, STATE), count(1, len(PAYLOADS))
    wrong, n, slowest = [], 0, 0

    def ask(method, path, body=None, **headers):
        nonlocal n, slowest
        begun = time.monotonic()
        try:
            r = me.ask(method, path, body, Idempotency_Key=str(uuid.uuid4()) if method == 'POST' else None, **headers)
            if r.status >= 500 or b'pg_authid' in r.body and b'$2' in r.body or b'syntax error' in r.body:
                wrong.append((method, path, r.status, r.body[:300]))
        except Exception as e:
            wrong.append((method, path, repr(e)))
        n, slowest = n + 1, max(slowest, time.monotonic() - begun)
    some = lambda: random.sample(PAYLOADS, min(each, len(PAYLOADS)))
    for res in catalogue['resources']:
        base = '/api/v1/' + res['name']
        for f in res['fields']:
            for p in some():
                ask('GET', '%s?limit=1&%s=%s' % (base, f['name'], quote(random.choice(['', 'eq.', 'in.(', 'gte.', 'is.', 'prefix.', 'contains.']) + p)))
        for name in ('sort', 'fields', 'cursor', 'after', 'before', 'q', 'filter', 'limit', 'skip', 'brief', res['sort'].strip('-')):
            for p in some():
                ask('GET', '%s?%s=%s' % (base, name, quote(p)))
        for p in some():
            ask('GET', '%s/%s' % (base, quote(p)))
            ask('GET', '%s/%s/transitions' % (base, quote(p)))
            ask('DELETE', '%s/%s' % (base, quote(p)), If_Match='"v1"')
            ask('PATCH', '%s/%s' % (base, quote(p)), {'note': p}, If_Match=quote(p))
            ask('POST', '%s/%s/transitions' % (base, quote(p)), {'action': p, 'args': {p: p}}, If_Match='*')
            ask('POST', base, {p: p})
    for rep in catalogue['reports']:
        for par in rep['parameters'] + [{'name': 'limit'}]:
            for p in some():
                ask('GET', '/api/v1/reports/%s?%s=%s' % (rep['name'], par['name'], quote(p)))
    for p in PAYLOADS:
        ask('GET', '/api/v1/' + quote(p))
        ask('GET', '/api/v1/reports/' + quote(p))
        ask('GET', '/api/v1/units?%s=1' % quote(p))
        ask('POST', '/api/v1/undo', {'mutation': p})
        ask('POST', '/api/v1/previews', {'mutations': [{'resource': p, 'action': p, 'record': p, 'set': {p: p}}]})
        ask('POST', '/api/v1/auth/login', {'login': p, 'password': p})
        clean = p.encode('ascii', 'ignore').decode().replace('\x00', '').replace('\x1f', '')
        for h in ('Domovoi_Company', 'Domovoi_Role', 'Domovoi_See_As', 'If_None_Match', 'Prefer', 'X_Request_Id', 'Accept'):
            ask('GET', '/api/v1/units?limit=1', **{h: clean})
    tap.ok(not wrong and api.alive(), 'SQL in every parameter of every resource: %d requests, no error of the server' % n, *wrong[:20])
    tap.ok(slowest < 5.5, 'none of them slept (%.1f s at most)' % slowest)
    after = one(api.admin, STATE)
    tap.ok(after == before, 'and no row more or less', *sorted(set(after.split()) ^ set(before.split())))


# ---- somebody else's records ----------------------------------------------------------------------------------

def told(r, record):
    """All that an answer says, but for the trace and the id that was asked for."""
    def plain(v):
        if isinstance(v, dict):
            return {k: plain(x) for k, x in v.items() if k not in ('trace_id', 'instance')}
        if isinstance(v, list):
            return [plain(x) for x in v]
        return re.sub(r'(?<![\w-])%s(?![\w-])' % re.escape(record), 'ID', v) if isinstance(v, str) else v
    return r.status, plain(r.json), sorted(set(r.headers) - {'domovoi-trace-id', 'domovoi-server-time', 'date', 'content-length'})


def foreign_records(tap, api, catalogue):
    """Each path with an id, with one of another company: as if it did not exist."""
    me, other, n = api.sign_in('head_1'), api.sign_in('head_2'), 0
    for res in catalogue['resources']:
        name = res['name']
        if name in ('permissions', 'roles', 'settings'): # the same for all
            continue
        r = other.get('/api/v1/%s?limit=2' % name)
        rows = [i for i in r.json['items'] if i.get('company') == 2] if r.status == 200 else []
        rows = [i for i in rows if not i.get('shipped') and i.get('level') != 'platform' and i.get('own', True)] # these are everybody's
        wrong = []
        for row in rows:
            foreign = str(row['id'])
            nowhere = '999999' if foreign.isdigit() else str(uuid.uuid4())
            for method, path, body in (('GET', '', None), ('PATCH', '', {'note': 'x'}), ('PUT', '', {'note': 'x'}), ('DELETE', '', None), ('GET', '/transitions', None),
                                       ('POST', '/transitions', {'action': (res['actions'] or [{'name': 'x'}])[0]['name']})):
                two = [me.ask(method, '/api/v1/%s/%s%s' % (name, i, path), body, If_Match=None if method == 'GET' else '*',
                              Idempotency_Key=str(uuid.uuid4()) if method == 'POST' else None) for i in (foreign, nowhere)]
                same = told(two[0], foreign) == told(two[1], nowhere)
                n += 1
                if not same or two[0].status < 400:
                    wrong.append('%s %s: %r and %r' % (method, path, told(two[0], foreign), told(two[1], nowhere)))
            r = me.get('/api/v1/%s?id=eq.%s' % (name, foreign))
            if r.status == 200 and r.json['items']:
                wrong.append('it is in the list')
        if rows:
            tap.ok(not wrong, '%s of another company are as if they did not exist' % name, *wrong[:6])
    unit, nowhere = one(api.admin, 'select id from api.units where company = 2 limit 1'), str(uuid.uuid4())
    for path, body in (('reservations', {'check_in': '2027-05-01', 'check_out': '2027-05-03'}), ('blocks', {'from_on': '2027-05-01', 'to_on': '2027-05-03', 'kind': 'repair'})):
        two = [me.post('/api/v1/' + path, dict(body, unit=u)) for u in (unit, nowhere)]
        tap.ok(told(two[0], unit) == told(two[1], nowhere) and two[0].status >= 400, 'nor can %s be made of them' % path, *[r.body for r in two])
    two = [me.post('/api/v1/units/%s/access-code-reveals' % u, {'kind': 'door', 'reason': 'x'}) for u in (unit, nowhere)]
    tap.ok(two[0].status == two[1].status >= 400, 'nor codes be revealed', *[r.body[:200] for r in two])
    r = me.get('/api/v1/units?limit=1', Domovoi_Company='2')
    tap.ok(r.status in (403, 404), 'nor is one let into that company', r.status, r.body[:200])
    tap.diag('%d pairs of requests' % n)


CANARY = '''do $$ declare c record; begin
  set local session_replication_role = replica;
  for c in select t.relname, a.attname from pg_attribute a join pg_class t on t.oid = a.attrelid
      where t.relnamespace = 'domovoi'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition and a.attnum > 0 and not a.attisdropped
        and a.attgenerated = '' and a.atttypid = 'text'::regtype and a.attname ~ '^(name|title|note|reason|comment|address|caption|file_name|email|display_name|agent)$'
        and exists (select from pg_attribute b where b.attrelid = t.oid and b.attname = 'company_id') loop
    begin
      execute format('update domovoi.%I set %I = ''zzkanary '' || left(%2$I, 40) where company_id = 2 and %2$I is not null', c.relname, c.attname);
    exception when others then null; -- one whose text has a form
    end;
  end loop;
  update domovoi.company set name = 'zzkanary' where id = 2;
end $$'''


def canaries(tap, api, catalogue):
    """Every answer that somebody of company 1 can get: nothing of company 2 is in it."""
    sql(api.admin, CANARY)
    seen = sql(api.admin, "select count(*) from domovoi.party where company_id = 2 and name like 'zzkanary%'")[0][0]
    for login in ('head_1', 'realtor_1') if count(1, 2) == 1 else ('head_1', 'manager_1', 'realtor_1', 'dispatcher_1', 'accountant_1', 'auditor_1', 'owner_1'):
        me, found, n, answered = api.sign_in(login), [], 0, 0
        me.headers = {'Prefer': 'count=exact'}

        def look(path, **headers):
            nonlocal n, answered
            r = me.get(path, **headers)
            n, answered = n + 1, answered + (r.status == 200)
            if b'zzkanary' in r.body.lower():
                found.append((path, r.body[:200]))
            return r
        for res in catalogue['resources']:
            r = look('/api/v1/%s?limit=500' % res['name'])
            first = r.json['items'][0]['id'] if r.status == 200 and r.json['items'] else None
            look('/api/v1/%s?limit=5&q=zzkanar' % res['name'])
            if first:
                look('/api/v1/%s/%s' % (res['name'], first))
                look('/api/v1/%s/%s/transitions' % (res['name'], first))
        for rep in catalogue['reports']:
            asked = '&'.join('%s=%s' % (p['name'], {'from': '2026-01-01', 'to': '2027-01-01', 'as_of': '2026-06-16'}.get(p['name'], '')) for p in rep['parameters']
                             if p['name'] in ('from', 'to', 'as_of'))
            look('/api/v1/reports/%s?%s' % (rep['name'], asked))
            look('/api/v1/reports/%s?%s' % (rep['name'], asked), Accept='text/csv')
        for path in ('meta', 'auth/me', 'auth/sessions', 'openapi.json', 'monitoring/dashboard', 'monitoring/alerts', 'properties', 'tenants', 'bookings',
                     'contracts', 'analytics/revenue?from=2026-01-01&to=2027-01-01', 'report-jobs'):
            look('/api/v1/' + path)
        tap.ok(not found and answered > 20 and int(seen) > 3, 'two companies, %s: nothing of the other in %d answers (%d with data)' % (login, n, answered), *found[:10])


def main():
    admin, work = sys.argv[1:]
    tap = Tap()
    random = seeded(tap)
    with Api(admin, work) as api:
        catalogue = json.loads(subprocess.run([os.environ['DOMOVOI'], 'describe'], stdout=subprocess.PIPE, check=True).stdout)
        one_key(tap, api)
        tokens(tap, api)
        injection(tap, api, catalogue, random)
        sql(admin, 'delete from domovoi.auth_limit') # of the logins tried above
        foreign_records(tap, api, catalogue)
        canaries(tap, api, catalogue)
        limits(tap, api)
        proxied(tap, api)
        errors = [e for e in api.events() if e.get('status', 0) >= 500 and e['status'] != 501]
        tap.ok(not errors, 'no error of the server in its log', *errors[:5])
        text = json.dumps(api.events())
        tap.ok('correct horse' not in text and 'eyJ' not in text, 'and no secret')
        tap.ok(api.stop() == 0 and 'ERROR: ' not in api.said(), 'it stops clean', api.said()[-3000:])
    tap.done()


main()
