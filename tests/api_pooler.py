#!/usr/bin/python3
"""PgBouncer in transaction mode between domovoid and PostgreSQL: the same answers as without, and writes that are done once.

  api_pooler.py ADMIN_DSN WORK POOL_DIR      TAP on stdout; POOL_DIR has PgBouncer's socket, on port 6432
"""
import json, os, re, subprocess, sys, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, at_once, one, sql
from ptylib import Tap, count


def reads(api, catalogue):
    """What two people see, with all that moves taken out."""
    seen = {}
    for login in ('head_1', 'realtor_1'):
        me = api.sign_in(login)
        for res in catalogue['resources']:
            if res['name'] in ('sessions', 'audit'): # their own logins are among these
                continue
            r = me.get('/api/v1/%s?limit=40' % res['name'], Prefer='count=exact')
            seen[login, res['name']] = r.status, re.sub(rb'"(next|prev|trace_id)":"[^"]*"', b'', r.body)
        for rep in catalogue['reports']:
            if rep['name'] == 'audit_verify': # counts their logins
                continue
            r = me.get('/api/v1/reports/%s?%s' % (rep['name'], '&'.join('%s=%s' % p for p in (
                ('from', '2026-01-01'), ('to', '2026-07-01')) if any(x['name'] == p[0] for x in rep['parameters']))))
            seen[login, rep['name']] = r.status, re.sub(rb'"trace_id":"[^"]*"', b'', r.body)
        me.close()
    return seen


def writes(api, tap, each):
    """Four people write, four read, each write with a key; some are sent twice."""
    readers = [api.sign_in(login) for login in ('head_1', 'head_2', 'realtor_1', 'manager_2')]
    writers = [api.sign_in('head_1') for _ in range(4)]
    done, wrong, lists, writing = [], [], [0] * 4, [True] * 4

    def writer(i):
        me = writers[i]
        for n in range(each):
            key, name = str(uuid.uuid4()), 'Pooled %d %d' % (i, n)
            for _ in range(1 + (n % 3 == 0)):
                r = me.post('/api/v1/parties', {'name': name, 'kind': 'person'}, key=key)
                if r.status not in (200, 201):
                    wrong.append((r.status, r.body[:300]))
            if r.status in (200, 201):
                done.append(name)
                row = r.json['row']
                r = me.patch('/api/v1/parties/' + row['id'], {'note': 'x%d' % n}, '"v%d"' % row['version'])
                if r.status != 200 or r.json['row']['note'] != 'x%d' % n:
                    wrong.append((r.status, r.body[:300]))
        writing[i] = False

    def reader(i):
        me, company = readers[i], 2 if i % 2 else 1
        while any(writing) and not wrong:
            r = me.get('/api/v1/parties?limit=50')
            lists[i] += 1
            if r.status != 200 or any(p['company'] != company for p in r.json['items']):
                wrong.append((company, r.status, r.body[:300]))
    all = at_once([lambda i=i: writer(i) for i in range(4)] + [lambda i=i: reader(i) for i in range(4)])
    wrong += [repr(a) for a in all if isinstance(a, Exception)]
    made = int(one(api.admin, "select count(*) from domovoi.party where name like 'Pooled%' and note is not null"))
    tap.ok(not wrong and made == len(done) == 4 * each, '%d records made and changed by four at once, %d lists read by others: each once, each in its own company' % (made, sum(lists)),
           made, len(done), *wrong[:8])


def main():
    admin, work, pool = sys.argv[1:]
    tap = Tap()
    catalogue = json.loads(subprocess.run([os.environ['DOMOVOI'], 'describe'], stdout=subprocess.PIPE, check=True).stdout)
    sql(admin, "alter database t_api_pooler set domovoi.now = '2026-06-16T09:00:00+05:00'") # the tests' clock does not come through a pool
    with Api(admin, os.path.join(work, 'direct')) as api:
        straight, api_pepper = reads(api, catalogue), api.pepper
    direct = re.sub(r'user=\S+', 'user=t_domovoid', admin)
    pooled = re.sub(r'host=\S+', 'host=%s port=6432' % pool, direct)
    with Api(admin, os.path.join(work, 'pooled'), dsn=pooled, feed_dsn=direct) as api:
        through = reads(api, catalogue)
        different = [k for k in straight if straight[k] != through[k]]
        tap.ok(not different and len(straight) > 80 and sum(s == 200 for s, _ in straight.values()) > 60, '%d lists and reports are the same through the pool' % len(straight),
               *['%s: %r and %r' % (k, straight[k], through[k]) for k in different[:4]])
        writes(api, tap, count(12, 200))
        backends = sql(admin, "select pid from pg_stat_activity where usename = 't_domovoid' and datname = current_database() and application_name !~ 'feed'")
        tap.ok(0 < len(backends) <= 5, 'all of that over %d connections of the pool' % len(backends))
        tap.ok('domovoid' in ' '.join(r[0] for r in sql(admin, "select usename from pg_stat_activity")), 'as the login of the API')
        left = sql(admin, """select count(*) from pg_stat_activity where usename = 't_domovoid' and datname = current_database()
            and state = 'idle in transaction'""")[0][0]
        tap.ok(left == '0', 'no transaction is left open', left)
        errors = [e for e in api.events() if e.get('status', 0) >= 500]
        tap.ok(not errors, 'no error of the server', *errors[:5])
        tap.ok(api.stop() == 0 and 'ERROR: ' not in api.said(), 'it stops clean', api.said()[-3000:])
    tap.done()


main()
