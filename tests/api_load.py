#!/usr/bin/python3
"""Many who sign in at once, and others beside them; and whether the memory of the server and of its database sessions levels off.

  api_load.py ADMIN_DSN WORK PROGRAM     TAP on stdout. TEST_COUNT scales the numbers up to those of the bar: 100 logins at once,
                                         50,000 reads, 2,000 sessions, 5,000 streams; then the times count, too
"""
import concurrent.futures, glob, os, re, socket, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, Elsewhere, quantile, sql, status_of
from ptylib import FULL, Tap, count

ADMIN, WORK, PROGRAM = sys.argv[1:4]
tap = Tap()
LIST, PAGE = '/api/v1/units?limit=20', '/api/v1/reservations?limit=50'
REPORT = '/api/v1/reports/occupancy?from=2026-06-01&to=2026-07-01&group=unit'


def read(who, turn):
    return who.get((LIST, PAGE, '/api/v1/auth/me')[turn % 3]).status


def p95(times):
    return quantile([t for t, _ in times], 0.95) * 1000


# ---- signing in

def hashing(api):
    """The niceness of each thread of the server's that hashes, over what this program has."""
    found = []
    for path in glob.glob('/proc/%d/task/*/stat' % api.process.pid):
        try:
            with open(path) as f:
                name, words = f.read().partition('(')[2].rsplit(')', 1)
        except OSError:
            continue
        if name == 'hasher':
            found.append(int(words.split()[16]) - os.getpriority(os.PRIO_PROCESS, 0))
    return sorted(found)


def crowd(api, n):
    def one(i):
        c = api.caller(source='127.0.8.%d' % (i % 250 + 1), timeout=600)
        r = c.post('/api/v1/auth/login', {'login': 'crowd.%d' % i, 'password': 'wrong'}, key=None)
        c.close()
        return '%d %s' % (r.status, r.code())
    seen = []
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        asked = [pool.submit(one, i) for i in range(n)]
        while not all(f.done() for f in asked):
            seen.append(hashing(api))
            time.sleep(0.05)
        return [f.result() for f in asked], seen


def logins(api, me):
    n, cores = count(8, 100), len(os.sched_getaffinity(0))
    idle = Elsewhere(api, me.token, read, pause=0.01)
    time.sleep(2)
    before = idle.end()
    beside = Elsewhere(api, me.token, read, pause=0.01)
    time.sleep(0.3)
    begun = time.monotonic()
    said, seen = crowd(api, n)
    took = time.monotonic() - begun
    during = beside.end()
    idle = Elsewhere(api, me.token, read, pause=0.01)
    time.sleep(2)
    before += idle.end()
    tap.ok(set(said) <= {'401 invalid-credentials', '503 overloaded'} and said.count('401 invalid-credentials') >= min(n, 64),
           '%d logins at once: each is answered, or told that there are too many' % n, said)
    most = max(seen, key=len)
    tap.ok(0 < len(most) <= cores and most[0] == 0 and all(n > 0 for n in most[1:]), 'never more than %d hash, all but one of them give way' % cores, most)
    tap.ok(len(during) > 5 and {s for _, s in during} == {200}, 'others are served meanwhile', {s for _, s in during})
    tap.diag('%.1f s; others: p95 %.1f ms of %d, without logins %.1f ms of %d' % (took, p95(during), len(during), p95(before), len(before)))
    if FULL:
        tap.ok(p95(during) < 2 * p95(before), "the others' p95 is under twice what it is without", '%.1f and %.1f ms' % (p95(during), p95(before)))


# ---- memory

def sessions_of(api):
    """What each session of the server's at the database has of its own, kB."""
    pids = [int(r[0]) for r in sql(ADMIN, "select pid from pg_stat_activity where usename = 't_domovoid'")]
    found = []
    for pid in pids:
        try:
            found.append(status_of(pid, 'RssAnon'))
        except (OSError, AttributeError): # it has ended
            pass
    return found


def levels(api, name, rounds, fn, slack=4096):
    """The work is done in so many rounds; the last third of them must add next to nothing."""
    server, database = [], []
    for i in range(rounds):
        fn(i)
        time.sleep(0.2)
        server.append(api.memory())
        database.append(max(sessions_of(api), default=0))
    tap.diag('%s: server %s kB; largest database session %s kB' % (name, ' '.join(map(str, server)), ' '.join(map(str, database))))
    at = rounds * 2 // 3 - 1
    tap.ok(server[-1] <= server[at] * 1.05 + slack, '%s: the memory of the server levels off' % name, server)
    tap.ok(database[-1] <= database[at] * 1.1 + slack, '… and that of its database sessions', database)


def reads(api, me, ids):
    def ask(who, turn):
        what = turn % 8
        path = REPORT if what == 0 else PAGE if what < 3 else LIST if what < 5 else '/api/v1/reservations/' + ids[turn * 7 % len(ids)]
        return who.get(path).status
    wrong = []

    def work(_):
        done = Elsewhere(api, me.token, ask, n=4, turns=count(105, 2084)).end(at_once=False)
        wrong.extend(s for _, s in done if s != 200)
    levels(api, '%d lists, records and reports' % (6 * 4 * count(105, 2084)), 6, work)
    tap.ok(not wrong, '… all answered', wrong[:5])


def everything(api, logins):
    """Each list and each report, by people of every scope: more statements than are kept prepared."""
    people = [api.sign_in(name) for name in logins]
    paths = [p for p, ways in people[0].get('/api/v1/openapi.json').json['paths'].items()
             if 'get' in ways and not re.search(r'[{]|/(events|monitoring|openapi)', p)]
    paths = [p if p.startswith('/api/') else '/api/v1' + p for p in paths]

    def work(_):
        for who in people:
            for p in paths:
                who.get(p + ('?from=2026-01-01&to=2026-07-01' if '/reports/' in p else ''))
    work(0) # what each is once: its plans, its functions
    levels(api, '%d paths by %d people' % (len(paths), len(people)), count(3, 6), work, slack=8192)
    for who in people:
        who.close()


def signing(api):
    people = []

    def work(_):
        c = api.sign_in('manager_1')
        for _ in range(count(5, 100)):
            r = c.post('/api/v1/auth/refresh', {'refresh_token': c.refresh}, key=None)
            c.token, c.refresh = r.json['access_token'], r.json['refresh_token']
        people.append(c.post('/api/v1/auth/logout', key=None).status)
        c.close()
    levels(api, '%d sessions renewed %d times' % (count(6, 20), count(5, 100)), count(6, 20), work)
    tap.ok(set(people) == {204}, '… and left', people)


def streams(api, me):
    def work(_):
        for _ in range(count(42, 834)):
            s = socket.socket()
            s.bind(('127.0.7.1', 0))
            s.connect(('127.0.0.1', api.port))
            s.sendall(b'GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n' % me.token.encode())
            s.recv(4096)
            s.close()
    levels(api, '%d event streams' % (6 * count(42, 834)), 6, work)


def main():
    # what a sanitizer keeps back of freed memory is no growth
    quiet = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=1:thread_local_quarantine_size_kb=64'}
    with Api(ADMIN, WORK, PROGRAM, env=quiet, max_connections=4096, max_per_address=1000, pool_wait_ms=20000) as api:
        me = api.sign_in('head_1')
        logins(api, me)
        ids = [r[0] for r in sql(ADMIN, 'select id from domovoi.reservation where company_id = 1 limit 400')]
        reads(api, me, ids)
        everything(api, ['head_1', 'realtor_1', 'owner_1', 'superuser', 'manager_1', 'dispatcher_1'][:None if FULL else 2])
        signing(api)
        streams(api, me)
        tap.ok(api.alive() and api.stop() == 0 and 'ERROR: ' not in api.said(), 'it stops clean', api.said()[-3000:])
    tap.done()


main()
