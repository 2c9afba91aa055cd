#!/usr/bin/python3
"""Requests that are none: cut short, too long, lying about their length, two in one, JSON that is a trap, heads that smuggle.

  api_wire.py ADMIN_DSN WORK       TAP on stdout. Each ends in a problem or a closed connection; nothing of it has an effect.
"""
import json, os, socket, sys, time, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, one, sql
from ptylib import Tap

HOST = b'Host: 127.0.0.1\r\n'


def raw(api, data, seconds=8, close=False, then=b''):
    """What comes back for these bytes until the server closes or is silent for `seconds`."""
    s = socket.create_connection(('127.0.0.1', api.port))
    s.settimeout(seconds)
    got = b''
    try:
        s.sendall(data)
        if then:
            time.sleep(0.2)
            s.sendall(then)
        if close:
            s.shutdown(socket.SHUT_WR)
        while True:
            more = s.recv(1 << 16)
            if not more:
                break
            got += more
            if not close and complete(got):
                break
    except (socket.timeout, OSError):
        pass
    s.close()
    return got


def complete(got):
    head, blank, body = got.partition(b'\r\n\r\n')
    if not blank:
        return False
    for line in head.lower().split(b'\r\n'):
        if line.startswith(b'content-length:'):
            return len(body) >= int(line.split(b':')[1])
    return False


def status(got):
    return int(got.split(b' ', 2)[1]) if got.startswith(b'HTTP/1.') else 0


def refused(got, *statuses):
    """Closed without a word, or refused; in JSON where there are words."""
    s = status(got)
    body = got.partition(b'\r\n\r\n')[2]
    return (not got or s in statuses) and (not got or got.count(b'HTTP/1.1 ') == 1 or b'Request malformed' in body or b'Host:&quot;' in body or b'too large' in body) and b'"items"' not in body


def wire(tap, api, me):
    auth = b'Authorization: Bearer ' + me.token.encode() + b'\r\n'
    key = lambda: b'Idempotency-Key: ' + str(uuid.uuid4()).encode() + b'\r\n'
    get = b'GET /api/v1/units?limit=1 HTTP/1.1\r\n'
    post = b'POST /api/v1/parties HTTP/1.1\r\n' + HOST + auth
    typed = b'Content-Type: application/json\r\n'
    person = b'{"name":"Wire Canary","kind":"person"}'
    length = b'Content-Length: %d\r\n' % len(person)

    def case(name, got, *statuses):
        tap.ok(refused(got, *statuses) and api.alive(), name, got[:300])

    tap.ok(status(raw(api, get + HOST + auth + b'\r\n')) == 200, 'an honest request is answered')
    case('chunked', raw(api, post + key() + typed + b'Transfer-Encoding: chunked\r\n\r\n26\r\n' + person + b'\r\n0\r\n\r\n'), 411, 400)
    case('chunked and a length', raw(api, post + key() + typed + length + b'Transfer-Encoding: chunked\r\n\r\n' + person), 400, 411)
    case('a coding that nobody knows', raw(api, post + key() + typed + length + b'Transfer-Encoding: xchunked\r\n\r\n' + person), 400, 411, 501)
    case('no length', raw(api, post + key() + typed + b'\r\n' + person), 411, 400)
    case('two lengths', raw(api, post + key() + typed + length + b'Content-Length: 5\r\n\r\n' + person), 400)
    case('the same length twice', raw(api, post + key() + typed + length + length + b'\r\n' + person), 400)
    for text in (b'-5', b'+38', b'0x26', b'38, 38', b'1e2', b'99999999999999999999999', b''):
        case('a length of %s' % text.decode(), raw(api, post + key() + typed + b'Content-Length: ' + text + b'\r\n\r\n' + person), 400, 411, 413)
    case('over the limit', raw(api, post + key() + typed + b'Content-Length: 1048577\r\n\r\n', 4), 413)
    case('over the limit, sent', raw(api, post + key() + typed + b'Content-Length: 1048577\r\n\r\n' + b' ' * 1048577), 413)
    case('cut short', raw(api, post + key() + typed + b'Content-Length: 500\r\n\r\n' + person, 4, close=True), 400, 408)
    case('longer than it says', raw(api, post + key() + typed + b'Content-Length: 20\r\n\r\n' + person), 400, 422)
    case('a second request behind a body', raw(api, post + key() + typed + b'Content-Length: 2\r\n\r\n{}\r\nGET /x'), 400, 422)
    case('a body with GET', raw(api, get + HOST + auth + b'Content-Length: 2\r\n\r\n{}'), 400)
    case('another type', raw(api, post + key() + b'Content-Type: text/plain\r\n' + length + b'\r\n' + person), 415)
    case('without Host', raw(api, get + auth + b'\r\n'), 400)
    case('two Hosts', raw(api, get + HOST + HOST + auth + b'\r\n'), 400)
    case('two bearers', raw(api, get + HOST + auth + auth + b'\r\n'), 400, 401)
    case('two keys', raw(api, post + key() + key() + typed + length + b'\r\n' + person), 400)
    case('a key that is no UUID', raw(api, post + b"Idempotency-Key: '; drop table x--\r\n" + typed + length + b'\r\n' + person), 400, 422)
    case('a head of 64 kB', raw(api, get + HOST + auth + b'X-A: ' + b'a' * 65536 + b'\r\n\r\n'), 431, 400, 413)
    case('5,000 headers', raw(api, get + HOST + auth + b''.join(b'X-%d: 1\r\n' % i for i in range(5000)) + b'\r\n'), 431, 400, 413)
    case('a line of 100 kB', raw(api, b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\n' + HOST + b'\r\n'), 414, 431, 400, 413)
    case('a header without a colon', raw(api, get + HOST + auth + b'nonsense\r\n\r\n'), 400)
    case('a blank before the colon', raw(api, get + HOST + b'Authorization : Bearer ' + me.token.encode() + b'\r\n\r\n'), 400, 401)
    case('a path with NUL', raw(api, b'GET /api/v1/units%00 HTTP/1.1\r\n' + HOST + auth + b'\r\n'), 400, 404)
    case('a path that climbs', raw(api, b'GET /api/v1/units/../../../etc/passwd HTTP/1.1\r\n' + HOST + auth + b'\r\n'), 400, 404)
    case('a path that climbs, encoded', raw(api, b'GET /api/v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n' + HOST + auth + b'\r\n'), 400, 404)
    case('a path that is no UTF-8', raw(api, b'GET /api/v1/\xff\xfe HTTP/1.1\r\n' + HOST + auth + b'\r\n'), 400, 404)
    for method in (b'TRACE', b'CONNECT', b'OPTIONS', b'PROPFIND', b'GETX', b'get'):
        case('method ' + method.decode(), raw(api, method + b' /api/v1/units HTTP/1.1\r\n' + HOST + auth + b'\r\n'), 400, 405, 501)
    case('HTTP/0.9', raw(api, b'GET /api/v1/units\r\n\r\n', 3), 400, 401, 505)
    case('HTTP/3.0', raw(api, b'GET /api/v1/units HTTP/3.0\r\n' + HOST + auth + b'\r\n', 3), 400, 505)
    case('TLS to a plain port', raw(api, b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + os.urandom(300), 3), 400)
    case('bytes', raw(api, os.urandom(2000) + b'\r\n\r\n', 3), 400, 431, 501, 505)
    case('an upgrade that is none', raw(api, get + HOST + b'Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n'), 400, 401, 426)


def injected(tap, api, me):
    """Ends of lines in whatever may come back in a header."""
    auth = b'Authorization: Bearer ' + me.token.encode() + b'\r\n'
    end = b'%0d%0aX-Injected:%20yes'
    wrong = []
    for line in (b'GET /api/v1/units/' + end, b'GET /api/v1/' + end, b'GET /api/v1/reports/occupancy' + end + b'?from=2026-06-01&to=2026-07-01',
                 b'GET /api/v1/reports/occupancy?from=2026-06-01&to=2026-07-01&group=' + end, b'GET /api/v1/units?sort=' + end,
                 b'GET /api/v1/units?cursor=' + end, b'GET /api/v1/units?title=eq.' + end, b'GET /healthz?' + end):
        wrong.append(raw(api, line + b' HTTP/1.1\r\n' + HOST + auth + b'\r\n'))
    for header in (b'X-Request-Id: a\rX-Injected: yes', b'X-Request-Id: a%0d%0aX-Injected: yes', b'Prefer: count=exact\rX-Injected: yes',
                   b'Accept: text/csv\rX-Injected: yes', b'traceparent: 00-\rX-Injected: yes', b'Origin: http://a\rX-Injected: yes',
                   b'Domovoi-Role: head\rX-Injected: yes', b'If-None-Match: "v1"\rX-Injected: yes'):
        wrong.append(raw(api, b'GET /api/v1/units?limit=1 HTTP/1.1\r\n' + HOST + auth + header + b'\r\n\r\n'))
    wrong = [w[:300] for w in wrong if b'x-injected' in w.partition(b'\r\n\r\n')[0].lower() or status(w) >= 500]
    tap.ok(not wrong and api.alive(), 'no end of a line gets into a header of the answer', *wrong)


def documents(tap, api, me):
    """JSON that is a trap."""
    deep = 50000
    cases = [('a name twice', b'{"name":"Wire Canary","kind":"person","name":"Wire Canary"}'),
             ('a name twice, escaped', b'{"name":"Wire Canary","kind":"person","n\\u0061me":"Wire Canary"}'),
             ('deep arrays', b'{"name":' + b'[' * deep + b']' * deep + b'}'), ('deep objects', b'{"name":' * deep + b'1' + b'}' * deep),
             ('33 levels', b'{"name":' + b'[' * 33 + b']' * 33 + b'}'), ('an array', b'[]'), ('a text', b'"x"'), ('a number', b'1'), ('null', b'null'),
             ('nothing', b''), ('blanks', b'   '), ('half', b'{"name":"Wire Can'), ('two', b'{"name":"Wire Canary","kind":"person"}{}'),
             ('a comma too many', b'{"name":"Wire Canary","kind":"person",}'), ('a comment', b'{/**/"name":"Wire Canary","kind":"person"}'),
             ('NaN', b'{"name":"Wire Canary","kind":"person","rating":NaN}'), ('1e400', b'{"name":"Wire Canary","kind":"person","rating":1e400}'),
             ('no UTF-8', b'{"name":"Wire Canary \xff","kind":"person"}'), ('a surrogate alone', b'{"name":"Wire Canary \\ud800","kind":"person"}'),
             ('a surrogate in bytes', b'{"name":"Wire Canary \xed\xa0\x80","kind":"person"}'), ('NUL', b'{"name":"Wire Canary\\u0000","kind":"person"}'),
             ('NUL in a name', b'{"name\\u0000":"x","name":"Wire Canary","kind":"person"}'), ('a control byte', b'{"name":"Wire Canary \\u001b[31m","kind":"person"}'),
             ('from right to left', '{"name":"Wire Canary \u202e","kind":"person"}'.encode()), ('BOM', b'\xef\xbb\xbf{"name":"Wire Canary","kind":"person"}'),
             ('UTF-16', '{"name":"Wire Canary","kind":"person"}'.encode('utf-16')), ('a field that there is not', b'{"name":"Wire Canary","kind":"person","is_admin":true}'),
             ('the company', b'{"name":"Wire Canary","kind":"person","company":2}'), ('the version', b'{"name":"Wire Canary","kind":"person","version":7}'),
             ('__proto__', b'{"name":"Wire Canary","kind":"person","__proto__":{"a":1}}'), ('a list for a text', b'{"name":["Wire Canary"],"kind":"person"}'),
             ('an object for a text', b'{"name":{"$ne":""},"kind":"person"}'), ('a text without end', b'{"name":"Wire Canary' + b'a' * 900000 + b'","kind":"person"}')]
    for name, body in cases:
        begun = time.monotonic()
        r = me.post('/api/v1/parties', body)
        tap.ok(400 <= r.status < 500 and r.code() and api.alive(), 'JSON: ' + name, r.status, r.body[:300])
        if time.monotonic() - begun > 5:
            tap.ok(False, 'JSON: %s took %.1f s' % (name, time.monotonic() - begun))
    many = b'{' + b','.join(b'"k%d":1' % i for i in range(90000)) + b'}'
    r = me.post('/api/v1/parties', many)
    tap.ok(r.status in (400, 413, 422), 'JSON: 90,000 names within the limit', r.status, r.body[:300])
    r = raw(api, b'POST /api/v1/parties HTTP/1.1\r\n' + HOST + b'Authorization: Bearer ' + me.token.encode() + b'\r\nContent-Length: 11888890\r\n\r\n', 4)
    tap.ok(status(r) == 413, 'JSON: a million names are not read at all', r[:300])


def main():
    admin, work = sys.argv[1:]
    tap = Tap()
    with Api(admin, work, header_seconds=3, body_seconds=4, idle_seconds=8) as api:
        me = api.sign_in('head_1')
        before = one(admin, "select count(*) from domovoi.party")
        wire(tap, api, me)
        injected(tap, api, me)
        documents(tap, api, me)
        tap.ok(one(admin, "select count(*) from domovoi.party") == before, 'nothing of all that was done', sql(admin,
               "select no, name from domovoi.party where name like 'Wire%'"))
        tap.ok(me.get('/api/v1/units?limit=1').status == 200, 'and honest requests are answered as before')
        tap.ok(not [e for e in api.events() if e.get('status', 0) >= 500 and e['status'] != 501], 'nothing of it was an error of the server', *[
            e for e in api.events() if e.get('status', 0) >= 500 and e['status'] != 501][:5])
        tap.ok(api.stop() == 0 and 'ERROR: ' not in open(os.path.join(work, 'domovoid.err')).read(), 'it stops clean',
               open(os.path.join(work, 'domovoid.err')).read()[-3000:])
    tap.done()


main()
