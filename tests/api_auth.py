#!/usr/bin/python3
"""Signing in: what research/api.md §4 promises, asked of two processes over one database.

  api_auth.py ADMIN_DSN WORK       TAP on stdout. One believes what a proxy says of addresses, the other is the world's.
"""
import base64, concurrent.futures, hashlib, hmac, json, os, re, struct, sys, threading, time, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import warnings
warnings.simplefilter("ignore") # crypt leaves the standard library in 3.13
import apilib, crypt
from apilib import Api, PASSWORD as RIGHT, quantile
from ptylib import Tap, count

ADMIN, WORK = sys.argv[1:3]
ISSUER = 'https://localhost'
tap = Tap()
ok = tap.ok


def eq(got, want, name):
    return tap.ok(got == want, name, f'got {got!r}, want {want!r}')


class Told:
    """An answer, as it is looked at here: its body's members, and status and code in one word."""

    def __init__(self, a):
        self.status, self.headers, self.text, self.code = a.status, a.headers, a.body.decode(), a.code()
        self.json = a.json if a.body else {}
        self.said = f'{a.status} {self.code}' if self.code else str(a.status)

    def __getitem__(self, k):
        return self.json[k]

    def __repr__(self):
        return f'{self.status} {self.text[:300]}'


def ask(api, method, path, body=None, token=None, address=None):
    c = api.caller(token=token)
    r = c.ask(method, '/api/v1' + path, body, X_Forwarded_For=address)
    c.close()
    return Told(r)


def bcrypt(password, cost):
    """What db/password.c says it keeps, made by other means."""
    text = base64.b64encode(hmac.new(ONE.pepper, password.encode(), hashlib.sha256).digest()).decode()
    return crypt.crypt(text, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2 ** cost))


def totp(secret, step=None):
    """RFC 6238."""
    step = int(time.time()) // 30 if step is None else step
    mac = hmac.new(base64.b32decode(secret), struct.pack('>Q', step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return '%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000)


def sql(text):
    rows = apilib.sql(ADMIN, text)
    return rows[0][0] if rows else ''


ONE = Api(ADMIN, WORK + '/one', now='', proxies='127.0.0.1')
TWO = Api(ADMIN, WORK + '/two', now='', jwt_keys=ONE.settings['jwt_keys'], pepper=ONE.settings['pepper'])
for api in (ONE, TWO):
    del api.settings['now']
ONE.prepare()
ONE.start()
TWO.start()
_address = 0

def place():
    """An address that nobody has come from yet."""
    global _address
    _address += 1
    return f'10.{_address >> 16 & 255}.{_address >> 8 & 255}.{_address & 255}'

def login(name, password=RIGHT, address=None, url=ONE, **more):
    return ask(url, 'POST', '/auth/login', {'login': name, 'password': password, **more}, address=address or place())

def me(a, url=ONE): return ask(url, 'GET', '/auth/me', token=a if isinstance(a, str) else a['access_token']).said
def refresh(token, url=ONE): return ask(url, 'POST', '/auth/refresh', {'refresh_token': token}, address=place())
def password_of(name, password=RIGHT, cost=4):
    sql(f"""do $$ begin perform domovoi.put_password((select id from domovoi.app_user where login = '{name}'),
        '{bcrypt(password, cost)}', false, (select id from domovoi.app_user where login = '{name}')); end $$""")
def age(a, minutes=10):
    sql(f"update domovoi.login_session set proved_at = proved_at - interval '{minutes} minutes' where id = '{a['session']}'")
def unlock(): sql('delete from domovoi.auth_limit')

for who in ('head_1', 'realtor_1', 'manager_1', 'superuser', 'dispatcher_1', 'auditor_1', 'head_2'):
    password_of(who)

# ---- coming in
a = login('Head_1', client='suite')
eq(a.status, 200, 'a right password comes in, whatever the case of the login')
claims = json.loads(base64.urlsafe_b64decode(a['access_token'].split('.')[1] + '=='))
eq((claims['iss'], claims['aud'], claims['use'], claims['exp'] - claims['iat'], claims['sub'], claims['sid'], claims['amr']),
   (ISSUER, 'domovoi-api', 'access', 600, a['user']['id'], a['session'], ['pwd']), 'the token says who and how')
ok('roles' not in claims and 'scope' not in claims, '… and nothing of what he may do')
eq(a.headers.get('cache-control'), 'no-store', 'it is not to be stored')
eq(sql("select hash ~ '^.2b.12.' from domovoi.user_password p join domovoi.app_user u on u.id = p.user_id and u.login = 'head_1'"),
   't', 'a hash of another cost was made anew')
eq(login('head_1').status, 200, '… and is still that of the password')
m = ask(ONE, 'GET', '/auth/me', token=a['access_token'])
eq((m.status, m['user']['login'], m['session']['id'], m['session']['fresh']), (200, 'head_1', a['session'], True), 'me')
eq(sorted(r['permission'] for r in m['rows']), sorted(m['permissions']), '… with one row a permission')
eq(me(a, TWO), '200', 'the other process takes the same token')
eq(ask(ONE, 'GET', '/auth/me').status, 401, 'nobody is nobody')
eq(me('x.y.z'), '401 token-invalid', 'no token is no token')

# ---- nobody learns who exists
sql("update domovoi.app_user set status = 'blocked' where login = 'auditor_1'")
said = {}
for name, password in (('head_1', 'wrong password'), ('no.such.person', 'wrong password'), ('auditor_1', RIGHT),
                       ('auditor_1', 'wrong password'), ("x' or '1'='1", 'wrong'), ('', ''), ('я', 'x' * 5000)):
    t0 = time.monotonic()
    r = login(name, password)
    took = time.monotonic() - t0
    body = {k: v for k, v in r.json.items() if k != 'trace_id'}
    heads = {k: v for k, v in r.headers.items() if k not in ('date', 'domovoi-trace-id', 'domovoi-server-time')}
    said[json.dumps([r.status, body, heads], sort_keys=True)] = name
    print(f'# {r.status} in {took * 1000:.0f} ms: {name[:12]!r}')
eq(len(said), 1, 'wrong, unknown and blocked are answered alike, to the byte')
eq(json.loads(list(said)[0])[1]['code'], 'invalid-credentials', '… and in the words of the table')
sql("update domovoi.app_user set status = 'active' where login = 'auditor_1'")
for body, code in (({'login': 'a'}, 'validation'), ({'login': 'a', 'password': 'b', 'c': 'd'}, 'unknown-field'),
                   ({'login': 1, 'password': 'b'}, 'validation'), ([], 'bad-json')):
    eq(ask(ONE, 'POST', '/auth/login', body, address=place()).code, code, f'a body that is none: {json.dumps(body)}')

# ---- refresh
a = login('head_1')
b = refresh(a['refresh_token'])
eq(b.status, 200, 'a refresh token gives new ones')
ok(b['refresh_token'] != a['refresh_token'] and b['session'] == a['session'], '… another one, of the same session')
c = refresh(b['refresh_token'], TWO)
eq(c.status, 200, '… which the other process takes')
eq(refresh(a['refresh_token']).said, '401 session-revoked', 'one that was spent is theft')
eq([me(a), me(c), refresh(c['refresh_token']).said], ['401 session-revoked'] * 3, '… and ends the whole family at once')
eq(sql(f"select closed_why from domovoi.login_session where id = '{a['session']}'"), 'stolen', '… which the trail knows')
a = login('head_1')
lost = [refresh(a['refresh_token'], (ONE, TWO)[i % 2]) for i in range(10)]
eq([r.status for r in lost], [200] * 10, 'an answer that is lost ten times may be asked for again')
last = refresh(lost[-1]['refresh_token'])
eq((last.status, me(last)), (200, '200'), '… and the last one that came is good')
eq(refresh('A' * 43).said, '401 token-invalid', 'a token that nobody gave out')
a = login('head_1')
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    together = list(pool.map(lambda i: refresh(a['refresh_token'], (ONE, TWO)[i % 2]), range(8)))
eq(sorted({r.status for r in together}), [200], 'eight at once, before any is used, are eight lost answers')
eq(sql(f"""select count(*) from domovoi.refresh_token where login_id = '{a['session']}' and state = 'active'"""), '1',
   '… of which one is good')

# ---- sessions
a, b, other = login('head_1'), login('head_1'), login('realtor_1')
s = ask(ONE, 'GET', '/auth/sessions?limit=500', token=a['access_token'])
mine = {x['id']: x for x in s.json.get('items', [])}
ok(a['session'] in mine and b['session'] in mine, 'one\'s own sessions are listed', s)
eq([x['id'] for x in mine.values() if x['this']], [a['session']], '… and which of them this is')
s = ask(ONE, 'GET', f"/auth/sessions?user_id={other['user']['id']}", token=a['access_token'])
eq([x['id'] for x in s.json.get('items', [])], [other['session']], 'the head sees his people\'s')
s = ask(ONE, 'GET', '/auth/sessions?limit=500', token=other['access_token'])
eq({x['user_id'] for x in s.json.get('items', [])}, {other['user']['id']}, 'an agent his own alone')
eq(ask(ONE, 'DELETE', '/auth/sessions/' + a['session'], token=other['access_token']).status, 404, '… and ends no other')
eq(ask(ONE, 'DELETE', '/auth/sessions/' + b['session'], token=a['access_token']).status, 204, 'one is ended')
eq([me(b), me(b, TWO), refresh(b['refresh_token']).said], ['401 session-revoked'] * 3, '… and is over with the next request')
eq(ask(TWO, 'DELETE', '/auth/sessions/' + other['session'], token=a['access_token']).status, 204, 'the head ends an agent\'s')
eq(me(other), '401 session-revoked', '… which is over, too')
eq(ask(ONE, 'POST', '/auth/logout', token=a['access_token']).status, 204, 'logout')
eq([me(a), refresh(a['refresh_token']).said], ['401 session-revoked'] * 2, '… is for good')
b = login('realtor_1')
sql("update domovoi.app_user set status = 'blocked' where login = 'realtor_1'")
eq([me(b), me(b, TWO)], ['401 session-revoked'] * 2, 'who is blocked is out with the next request')
sql("update domovoi.app_user set status = 'active' where login = 'realtor_1'")

# ---- how often
unlock()
for i in range(5): eq(login('manager_1', 'wrong').status, 401, f'failure {i + 1}')
r = login('manager_1')
eq((r.said, 0 < int(r.headers['retry-after']) <= 300), ('429 rate-limited', True), 'then the account waits, the right password too')
eq(login('manager_1', url=TWO).said, '429 rate-limited', '… at the other process as well')
eq(login('manager_1', address='2001:db8:77::1').said, '429 rate-limited', '… from anywhere')
eq(login('dispatcher_1').status, 200, '… and nobody else')
sql("update domovoi.auth_limit set locked_until = now() - interval '1 second' where key = 'l:manager_1'")
eq(login('manager_1').status, 200, 'when the time is over it opens')
for i in range(5): login(f'nobody.{i}', 'wrong', '192.0.2.9')
eq(login('dispatcher_1', address='192.0.2.9').said, '429 rate-limited', 'an address that tries many accounts waits')
eq(login('dispatcher_1', address='192.0.2.10').status, 200, '… its neighbour does not')
behind = login('dispatcher_1')
def renew(token): return ask(ONE, 'POST', '/auth/refresh', {'refresh_token': token}, address='192.0.2.9')
eq(renew(behind['refresh_token']).status, 200, '… nor who is signed in behind it already')
r = renew('A' * 43)
eq((r.said, 0 < int(r.headers.get('retry-after', 0)) <= 300), ('429 rate-limited', True), '… but who guesses at tokens there')
for i in range(5): login(f'nobody.{i}', 'wrong', f'2001:db8:1:2::{i}')
eq(login('dispatcher_1', address='2001:db8:1:2:ffff::').said, '429 rate-limited', 'of IPv6 it is the network of 64 bits')
eq(login('dispatcher_1', address='2001:db8:1:3::1').status, 200, '… and no more')
unlock()
for i in range(5): login(f'nobody.{i}', 'wrong', f'198.51.100.{i}, 203.0.113.7')
eq(login('dispatcher_1', address='198.51.100.77, 203.0.113.7').said, '429 rate-limited', 'what the caller says of himself does not count')
unlock()
for i in range(5): login(f'nobody.{i}', 'wrong', f'198.51.100.{i}', TWO)
eq(login('dispatcher_1', address='198.51.100.99', url=TWO).said, '429 rate-limited', '… nor what no trusted proxy says')
unlock()
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    tried = list(pool.map(lambda i: login('manager_1', f'guess {i}', url=(ONE, TWO)[i % 2]).status, range(20)))
ok(tried.count(401) <= 5, 'twenty guesses at once are five', tried)
unlock()

# ---- many at once: of a hundred (TEST_COUNT=20) the last are told that there are too many
CROWD = count(24, 100)
quick, stop = [], threading.Event()
a = login('head_1')
def probe():
    while not stop.is_set():
        t0 = time.monotonic()
        if ask(ONE, 'GET', '/auth/me', token=a['access_token']).status == 200: quick.append(time.monotonic() - t0)
        time.sleep(0.02)
idle = []
for i in range(20):
    t0 = time.monotonic(); ask(ONE, 'GET', '/auth/me', token=a['access_token']); idle.append(time.monotonic() - t0)
t = threading.Thread(target=probe); t.start()
places = [place() for i in range(CROWD)]
t0 = time.monotonic()
with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
    crowd = list(pool.map(lambda i: login(f'crowd.{i}', 'wrong', places[i]), range(CROWD)))
print(f'# {CROWD} logins at once: {time.monotonic() - t0:.1f} s; another endpoint meanwhile p95 {quantile(quick, 0.95) * 1000:.0f} ms of {len(quick)},'
      f' idle {quantile(idle, 0.95) * 1000:.0f} ms')
stop.set(); t.join()
codes = [r.said for r in crowd]
ok(set(codes) <= {'401 invalid-credentials', '503 overloaded'} and codes.count('401 invalid-credentials') >= min(CROWD, 64),
   'many logins at once: each is answered, or told that there are too many', codes)
ok(all('retry-after' in r.headers for r in crowd if r.status == 503), '… and when to come again')
ok(len(quick) > 5, 'somebody else is served meanwhile')

# ---- the second factor
unlock()
a = login('head_1')
t = a['access_token']
secret = ask(ONE, 'POST', '/auth/totp', token=t)
ok(secret.status == 201 and re.fullmatch(r'[A-Z2-7]{32}', secret['secret']) and secret['secret'] in secret['uri'], 'a secret', secret)
eq(login('head_1').json.get('mfa_required'), None, '… is not in force before it is confirmed')
now = int(time.time()) // 30
eq(ask(ONE, 'POST', '/auth/totp/confirm', {'code': '000000'}, t).said, '401 invalid-credentials', '… nor by a wrong code')
r = ask(ONE, 'POST', '/auth/totp/confirm', {'code': totp(secret['secret'], now - 1)}, t)
codes = r.json.get('recovery_codes', [])
eq((r.status, len(set(codes))), (200, 10), 'ten recovery codes, once')
eq(sql("select count(*) from domovoi.recovery_code c where encode(c.hash, 'escape') like any (array['%" + codes[0] + "%'])"), '0', '… kept as hashes')
ok(secret['secret'] not in sql("select sealed::text from domovoi.user_totp"), '… and the secret sealed')
def half(): return login('head_1')
def second(h, code, method='totp', url=ONE):
    return ask(url, 'POST', '/auth/mfa', {'mfa_token': h['mfa_token'], 'code': code, 'method': method}, address=place())
h = half()
eq((h.status, h['mfa_required'], 'access_token' in h.json, h['methods']), (200, True, False, ['totp', 'recovery']), 'the password alone is half of it')
eq(me(h['mfa_token']), '401 token-invalid', 'the token between the two opens nothing else')
eq(second(h, '000000').said, '401 invalid-credentials', 'a wrong code')
good = totp(secret['secret'], int(time.time()) // 30)
b = second(h, good, url=TWO)
eq((b.status, me(b)), (200, '200'), 'the right one comes in')
eq(second(h, codes[1], 'recovery').said, '401 token-invalid', 'the token between is used once')
eq(second(half(), good).said, '401 invalid-credentials', 'a code, too')
b = second(half(), codes[0].upper(), 'recovery')
eq(b.status, 200, 'a recovery code comes in')
eq(second(half(), codes[0], 'recovery').said, '401 invalid-credentials', '… once')
eq(second(half(), 'abcde-fghij', 'recovery').said, '401 invalid-credentials', '… and no other')
eq(second({'mfa_token': 'x' + h['mfa_token'][1:]}, good).said, '401 token-invalid', 'a token that was changed')
h = half()
password_of('head_1')
eq(second(h, codes[4], 'recovery').said, '401 token-invalid', 'half a login ends with the password that it came by')
eq(second(half(), codes[4], 'recovery').status, 200, '… and comes in by the new one, hashed anew meanwhile')
unlock()
h = half()
for i in range(5): second(h, f'{i:06d}')
eq(second(h, codes[2], 'recovery').said, '429 rate-limited', 'guessing at codes is counted')
eq(login('head_1').said, '429 rate-limited', '… and the right password does not begin the count anew')
unlock()

# ---- step-up
b = second(half(), codes[3], 'recovery')
age(b)
t = b['access_token']
eq(ask(ONE, 'DELETE', '/auth/totp', token=t).said, '403 step-up-required', 'long after the login it is not enough')
eq(ask(ONE, 'POST', '/auth/step-up', {'password': RIGHT}, t).said, '401 invalid-credentials', 'who has an authenticator shows it')
sql('update domovoi.user_totp set last_step = 0')
eq(ask(ONE, 'POST', '/auth/step-up', {'code': '000000'}, t).said, '401 invalid-credentials', '… not a wrong code')
up = ask(ONE, 'POST', '/auth/step-up', {'code': totp(secret['secret'])}, t)
eq(up.status, 200, '… but the right one')
claims = json.loads(base64.urlsafe_b64decode(up['access_token'].split('.')[1] + '=='))
ok(abs(claims['auth_time'] - time.time()) < 60 and 'otp' in claims['amr'], '… which the new token says')
eq(ask(ONE, 'DELETE', '/auth/totp', token=up['access_token']).status, 204, 'now it is')
eq('mfa_required' in login('head_1').json, False, '… and the second factor is gone')
a = login('head_1')
age(a)
eq(ask(ONE, 'POST', '/auth/step-up', {'password': 'wrong'}, a['access_token']).said, '401 invalid-credentials', 'without one it is the password')
eq(ask(ONE, 'POST', '/auth/step-up', {'password': RIGHT}, a['access_token']).status, 200, '… the right one')

# ---- another password
unlock()
a, b = login('dispatcher_1'), login('dispatcher_1')
def change(token, current, new, **more): return ask(ONE, 'POST', '/auth/password', {'current': current, 'new': new, **more}, token).said
eq(change(a['access_token'], 'wrong', 'staple staple staple'), '401 invalid-credentials', 'the present one is asked for')
eq(change(a['access_token'], RIGHT, 'short'), '422 validation', 'a new one is long enough')
eq(change(a['access_token'], RIGHT, RIGHT), '422 validation', '… and new')
eq(change(a['access_token'], RIGHT, 'скрепка скрепка скрепка', revoke_others=True), '204', 'it is changed')
eq([me(a), me(b)], ['200', '401 session-revoked'], 'the other sessions are over, this one is not')
eq([login('dispatcher_1').status, login('dispatcher_1', 'скрепка скрепка скрепка').status], [401, 200], 'the new one counts')

# ---- one for somebody else
head, agent = login('head_1'), login('realtor_1')
R = '/auth/users/realtor_1/password-reset'
eq(ask(ONE, 'POST', R, token=agent['access_token']).status, 404, 'an agent resets nobody: he sees no users')
age(head)
eq(ask(ONE, 'POST', R, token=head['access_token']).said, '403 step-up-required', 'the head only when he has just shown who he is')
up = ask(ONE, 'POST', '/auth/step-up', {'password': RIGHT}, head['access_token'])
r = ask(ONE, 'POST', R, token=up['access_token'])
eq((r.status, len(r.json.get('password', ''))), (200, 23), 'a one-time password', )
eq(me(agent), '401 session-revoked', '… ends the sessions that there were')
once = login('realtor_1', r.json.get('password', ''))
eq((once.status, once.json.get('must_change')), (200, True), '… and comes in')
eq([me(once), ask(ONE, 'GET', '/units', token=once['access_token']).said], ['403 password-change-required'] * 2, '… for one thing alone')
eq(ask(ONE, 'POST', '/auth/totp', token=once['access_token']).said, '403 password-change-required', '… not for an authenticator')
eq(change(once['access_token'], r.json.get('password', ''), RIGHT + ' 2'), '204', '… which is a password of his own')
eq(me(once), '200', 'then he is in')
foreign = ask(ONE, 'POST', '/auth/users/head_2/password-reset', token=up['access_token'])
eq(foreign.status, 404, 'another company\'s people are not there')

# ---- keys
def make(token, **body): return ask(ONE, 'POST', '/auth/keys', body, token)
k = make(up['access_token'], name='channel', scopes=['unit.view', 'reservation.view'])
ok(k.status == 201 and re.fullmatch(r'dk_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}', k['key']), 'a key', k)
key = k.json.get('key', '')
eq(ask(TWO, 'GET', '/units?limit=1', token=key).status, 200, '… opens what its scopes say')
eq(ask(ONE, 'GET', '/auth/me', token=key)['permissions'], ['reservation.view', 'unit.view'], '… and that is all')
payment = sql('select id from domovoi.payment where company_id = 1 limit 1')
for path in ('/payments?limit=1', '/payments/' + payment, '/payments/' + payment + '/transitions', '/payments/999999999',
             '/payments/999999999/transitions', '/contracts'):
    r = ask(ONE, 'GET', path, token=key)
    eq((r.said, r['detail'].endswith(('it needs payment.view', 'it needs agreement.view'))), ('403 forbidden', True), f'… not {path}: it has no scope there')
eq([ask(ONE, 'GET', path, token=key).status for path in ('/units?code=eq.none-such', '/units/none-such', '/units/none-such/transitions', '/users?limit=1')],
   [200, 404, 404, 200], '… where it has one, nothing is nothing; names of people are everybody\'s')
for method, path in (('POST', '/auth/password'), ('POST', '/auth/totp'), ('POST', '/auth/keys'), ('GET', '/auth/sessions'), ('POST', '/auth/step-up')):
    eq(ask(ONE, method, path, {} if method == 'POST' else None, key).status, 403, f'a key may not {method} {path}')
eq(ask(ONE, 'GET', '/units', token=key[:-1] + ('A' if key[-1] != 'A' else 'B')).said, '401 token-invalid', 'another secret is none')
listed = ask(ONE, 'GET', '/auth/keys', token=up['access_token'])
ok(k['id'] in [x['id'] for x in listed.json.get('items', [])] and key[-43:] not in listed.text, 'keys are listed without secrets', listed)
eq(make(up['access_token'], name='x', scopes=['no.such']).status, 422, 'a scope that there is not')
poor = login('manager_1')
def key_of(*scopes): return make(up['access_token'], name='of the suite', scopes=list(scopes)).json.get('key')
def post(path, body, token, id=None):
    c = ONE.caller(token=token)
    r = c.post('/api/v1' + path, body, key=id or str(uuid.uuid4()))
    c.close()
    return Told(r)
unit = sql("select code from domovoi.unit where company_id = 1 and archived_at is null order by code limit 1")
title = sql(f"select title from domovoi.unit where company_id = 1 and code = '{unit}'")
change = {'mutations': [{'resource': 'units', 'kind': 'patch', 'record': unit, 'set': {'floor': 77}}]}
eq([(x := post('/previews', change, t).json['items'][0]['label']) for t in (key, key_of('unit.edit'), up['access_token'])], [title, unit, title],
   'a preview calls by name what may be seen, and by the caller\'s word what may not')
again, body = str(uuid.uuid4()), {'name': 'Made by a key', 'kind': 'person'}
maker = key_of('party.edit')
eq([post('/parties', body, t, again).said for t in (maker, maker, key, key_of('party.view'), up['access_token'], poor['access_token'])],
   ['201', '200', '422 mid-reused', '200', '200', '422 mid-reused'], 'what became of a change is told to who made it, or sees it')
r = post('/parties', body, key, again)
ok(not {'record', 'version', 'row'} & set(r.json), '… and nothing of it to others', r)
eq(make(poor['access_token'], name='x', scopes=['role.manage']).status, 403, 'nobody gives what he has not')
eq(ask(ONE, 'DELETE', '/auth/keys/' + k['id'], token=up['access_token']).status, 204, 'it is revoked')
eq([ask(u, 'GET', '/units', token=key).status for u in (ONE, TWO)], [401, 401], '… and opens nothing any more')
k = make(up['access_token'], name='soon', scopes=['unit.view'])
sql("update domovoi.access_key set expires_at = now() - interval '1 minute' where name = 'soon'")
eq(ask(ONE, 'GET', '/units', token=k['key']).status, 401, 'a key ends with its time')

# ---- the end
logs = ''.join(open(os.path.join(WORK, d, 'domovoid.log')).read() for d in ('one', 'two'))
eq([line for line in logs.split('\n') if '"level":"error"' in line], [], 'nothing broke in the server')
eq(re.findall(r'correct horse|eyJ[A-Za-z0-9]|dk_[0-9a-f]|\$2b\$', logs), [], 'no password, token or key is in the log')
eq([api.stop() for api in (ONE, TWO)], [0, 0], 'both end without complaint')
tap.done()
