#!/usr/bin/python3
"""The API under wrk: a list of 50, a record, a report, a transition, at 1 to 1,000 connections; beside the bare HTTP library
that answers a constant of the same size, and the list's own statements on bare libpq (pgbench), planned anew each time as
the server does it for the sake of poolers, and prepared.

  api.py ADMIN_DSN WORK DOMOVOID BARE_MHD [SECONDS]
"""
import os, re, resource, subprocess, sys, time
top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(top, 'tests'))
from apilib import Api, sql

ADMIN, WORK, DOMOVOID, BARE = sys.argv[1:5]
SECONDS = sys.argv[5] if len(sys.argv) > 5 else '5'
NOW = '2026-06-16T09:00:00+05:00'
CONNECTIONS = (1, 32, 64, 256, 1000)
CORES = str(os.cpu_count())


def wrk(url, connections, what, token='', ids=''):
    env = dict(os.environ, BENCH_WHAT=what, BENCH_TOKEN=token, BENCH_IDS=ids)
    threads = str(min(int(CORES), connections))
    out = subprocess.run(['wrk', '-t', threads, '-c', str(connections), '-d', SECONDS, '--timeout', '20s', '-s', os.path.join(top, 'bench/api.lua'), url],
                         env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    figures = re.search(r'FIGURES (.*)', out)
    return figures.group(1).split() if figures else [out.strip().split('\n')[-1]] + ['-'] * 5


def line(name, connections, f, more=''):
    print('%-26s %5d %10s %9s %9s %9s %7s %7s  %s' % (name, connections, *f, more), flush=True)


def bare_libpq(work, user, login):
    """The statements of a list, as domovoid sends them, in one go on as many connections as it has: what the database takes."""
    script = os.path.join(work, 'list.sql')
    with open(script, 'w') as f:
        f.write("\\startpipeline\nselect act.begin_request('%s', 1, null, '%s', null, null);\n"
                "select * from api.reservations where company = 1 order by no limit 51;\n\\endpipeline\n" % (user, login))
    env = dict(os.environ, PGOPTIONS='-c domovoi.now=' + NOW)
    for mode in ('extended', 'prepared'):
        out = subprocess.run(['pgbench', '-n', '-M', mode, '-c', str(4 * int(CORES)), '-j', CORES, '-T', SECONDS, '-f', script,
                              re.sub(r'user=\S+', 'user=t_domovoid', ADMIN)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        tps, latency = re.search(r'tps = ([\d.]+)', out), re.search(r'latency average = ([\d.]+)', out)
        line('bare libpq, ' + mode, 4 * int(CORES), ['%.0f' % float(tps.group(1)) if tps else '-', '-', '-', '-', '-', '-'],
             'mean %s ms' % latency.group(1) if latency else out.strip().split('\n')[-1])


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    api = Api(ADMIN, WORK, DOMOVOID, now=NOW, max_connections=4096, max_per_address=4096, pool_wait_ms=20000)
    with api:
        me = api.sign_in('head_1')
        url = 'http://127.0.0.1:%d' % api.port
        stays = ' '.join(r[0] for r in sql(ADMIN, 'select id from domovoi.reservation where company_id = 1 limit 400'))
        people = ' '.join(r[0] for r in sql(ADMIN, "select id from domovoi.party where company_id = 1 and status = 'active' limit 2000"))
        size = len(me.get('/api/v1/reservations?limit=50').body)
        print('== api: %s cores, %s s each; the list has %d bytes; idle server %d kB' % (CORES, SECONDS, size, api.memory()))
        print('%-26s %5s %10s %9s %9s %9s %7s %7s' % ('', 'conns', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'refused', 'broken'))
        for what, ids in (('list', ''), ('get', stays), ('report', ''), ('transition', people)):
            for n in CONNECTIONS:
                if what == 'transition':  # each run begins where nobody is banned
                    sql(ADMIN, "update domovoi.party set status = 'active' where status = 'blacklisted'")
                line('domovoid ' + what, n, wrk(url, n, what, me.token, ids), 'RSS %d kB' % api.memory())
        bare_libpq(WORK, me.get('/api/v1/auth/me').json['user']['id'], me.session)
    bare = subprocess.Popen([BARE, '18471', str(size), CORES])
    time.sleep(0.3)
    for n in CONNECTIONS:
        line('bare library, constant', n, wrk('http://127.0.0.1:18471', n, 'constant'))
    bare.terminate()
    bare.wait()


main()
