#!/usr/bin/python3
"""Every screen stands for a while with nothing to do: it asks the database nothing but the feed, and paints nothing.

  idle.py COMMAND...      TAP on stdout; the last word of the command is a DSN, PGHOST and PGDATABASE are a superuser's
"""
import os, re, subprocess, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Console, Tap, count

STAND = 5 * count(1, 6) # seconds
WAYS = [('home', '', 'Attention'), ('portfolio', 'gp', 'Portfolio'), ('portfolio, open', 'gpTjjj', 'Portfolio'), ('unit', 'gpTjj\r', 'Class'),
        ('filtered', 'gp/status=free\r', 'status=free'), ('chessboard', 'gx', 'Chessboard'), ('bookings', 'gb', 'Bookings'),
        ('bookings, filtered', 'gb/S01\r', 'S01'), ('timeline', 'gblt', 'Timeline'), ('analytics', 'gs', 'Analytics'), ('list', ':bk\r', 'Reservations'),
        ('units', ':un\r', 'Units'), ('record', ':bk\r\r', 'Nights'), ('marks', ':bk status=hold\r* ', 'marked'),
        ('actions', ':bk status=hold\r*a', 'Confirm'), ('form', 'gpTjje', 'base v'), ('new stay', 'gbn', 'New stay'),
        ('calendar', 'gpTjj\rn1606\t\0', 'Mo'), ('help', '?', 'Under the cursor'), ('alerts', 'gp/frob=1\r!', 'E-FILTER'), ('palette', ':un st', 'Units'),
        ('filter', 'gp/st', 'status='), ('columns', ':bk\rc', 'Columns'),
        ('tenants', 'gt', 'Tenants'), ('a person', 'gt\r', 'Parties'), ('two people', 'gt  M', 'Merge'), ('duplicates', ':duplicates\r', 'Duplicates'),
        ('payments', 'gc', 'Payments'), ('payments of the week', 'gc2', 'Payments'), ('all that is due', 'gc3j', 'Payments'), ('payment', 'gc3p', 'Register'),
        ('cover', 'gcPA', 'covers'), ('desk', 'gm', 'Money desk'), ('call list', ':calls\rj', 'Call list'), ('refunds', ':refunds\r\t\t\t', 'Refunds'),
        ('charge run', ':chargerun\r', 'Charge run'), ('statement', ':statement\r/25\r', 'Statement'), ('rent roll', ':rentroll\rj', 'Rent roll'),
        ('new agreement', ':rentroll\rn', 'New agreement'), ('extension', ':rentroll\rE', 'Extend'), ('settlement', ':rentroll\rajjjjj\r', 'Last account'),
        ('agreement', ':agreements\r\r2', 'Agreements'), ('building', 'gpo2', 'Units'), ('review', ':moderation\r', 'Review'), ('reports', ':reports\r', 'Reports'),
        ('report', ':report top\r', 'Top'), ('arguments', ':report top\ro', 'asked'), ('import', 'gpTinone.csv\r', 'none.csv'), ('readiness', 'gblr', 'ready?'),
        ('dates of a stay', 'gbljD', 'dates and unit'), ('history', 'gpTjjH', 'istory'), ('seen as another', ':users\rjjW', 'see')] + [
        ('analytics, page %d' % i, 'gs%d\t' % i, 'Analytics') for i in range(1, 8)]
NAMED = {'\0': b'\x1bOS', '\1': b'\x1b[B'}


def ask(sql):
    return subprocess.run(['psql', '-XqAt', '-c', sql], stdout=subprocess.PIPE, check=True).stdout.decode()


def statements(log, since):
    """What was asked from this point of the server's log on, but for the feed; by console."""
    asked = {}
    with open(log, 'rb') as f:
        f.seek(since)
        for line in f.read().decode('utf-8', 'replace').split('\n'):
            at = re.match(r'\[idle(\d+)\] LOG: +(statement|execute [^:]*): (.*)', line)
            if at and 'api.feed()' not in at.group(3):
                asked.setdefault(int(at.group(1)), []).append(at.group(3)[:200])
    return asked


def server_log():
    """Where the server writes, now with every statement of whoever connects from now on."""
    database = os.environ['PGDATABASE']
    ask("alter database %s set log_statement = 'all'" % database)
    ask("alter database %s set log_min_messages = 'log'" % database)
    ask("alter system set log_line_prefix = '[%a] '")
    ask('select pg_reload_conf()')
    pid = int(ask("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"))
    return os.readlink('/proc/%d/fd/2' % pid)


def main():
    tap = Tap()
    all, log = [], server_log()
    for i in range(len(WAYS)):
        all.append(Console(sys.argv[1:-1] + [sys.argv[-1] + ' application_name=idle%d' % i, '--lang', 'en']))
    for c, (_, keys, shows) in zip(all, WAYS):
        c.up = c.until(rb'ONLINE', 60)
        for k in keys:
            c.send(NAMED.get(k, k.encode()))
            c.quiet(0.03)
        c.up = c.up and c.until(shows.encode(), 20)
    last = end = time.monotonic()
    while time.monotonic() < min(last + 1.5, end + 20): # what the keys began comes to its end
        if any([c.read() for c in all]):
            last = time.monotonic()
        time.sleep(0.05)
    tap.ok(len(statements(log, 0)) == len(all), 'every console has asked at first', log, sorted(statements(log, 0)))
    since = os.path.getsize(log)
    painted, used = [len(c.output) for c in all], [c.cpu() for c in all]
    time.sleep(STAND)
    asked = statements(log, since)
    for i, c in enumerate(all):
        c.read()
        tap.ok(c.up and c.alive() and i not in asked and c.cpu() - used[i] < 0.5, WAYS[i][0] + ' asks nothing', *asked.get(i, []), '' if c.up else bytes(c.screen.text[-1500:]).decode('utf-8', 'replace'),
               '%.2f s of processor' % (c.cpu() - used[i]))
        tap.ok(len(c.output) - painted[i] < 300, WAYS[i][0] + ' paints nothing', bytes(c.output[painted[i]:][-2000:]))
    ask('alter system reset log_line_prefix')
    for c in all:
        c.close()
    tap.done()


main()
