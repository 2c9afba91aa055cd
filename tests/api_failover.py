#!/usr/bin/python3
"""The primary dies under load and the standby is promoted: nothing acknowledged is lost, nothing is doubled, and all who work
go on by themselves: callers of the API, a command that repeats, and consoles that look.

  api_failover.py PRIMARY STANDBY DATABASE WORK NOW     directories of the servers' sockets and data; TAP on stdout
"""
import os, re, signal, subprocess, sys, threading, time, uuid
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, PASSWORD, one, sql
from ptylib import Console, Tap, count
from seatlib import Seat

PRIMARY, STANDBY, DATABASE, WORK, NOW = sys.argv[1:]
BOTH = 'host=%s,%s dbname=%s target_session_attrs=read-write connect_timeout=2' % (PRIMARY, STANDBY, DATABASE)


class Writer(threading.Thread):
    """Makes records, each with a key of its own, repeated until it is told how it ended."""

    def __init__(self, api, who, i):
        super().__init__()
        self.api, self.who, self.i, self.over = api, who, i, False
        self.acknowledged, self.wrong, self.tried, self.moments = [], [], 0, []

    def run(self):
        n = 0
        while not self.over:
            key, name = str(uuid.uuid4()), 'Failover %d %d' % (self.i, n)
            n += 1
            end = time.monotonic() + 60
            while time.monotonic() < end:
                self.tried += 1
                try:
                    r = self.who.post('/api/v1/parties', {'name': name, 'kind': 'person'}, key=key)
                except Exception as e: # the server stays: it answers
                    self.wrong.append(repr(e))
                    continue
                if r.status in (200, 201):
                    self.acknowledged.append((name, r.json['row']['id']))
                    self.moments.append(time.monotonic())
                    break
                if r.status not in (409, 503, 504) or r.status == 409 and r.code() != 'in-flight':
                    self.wrong.append((r.status, r.body[:300]))
                    break
                time.sleep(0.05)
            else:
                self.wrong.append(name + ': never')


class Commands(threading.Thread):
    """The command line, again and again: each either says that it is done, or not. run(words) gives status, and what was said."""

    def __init__(self, name, run):
        super().__init__()
        self.called, self.command = 'Failover ' + name, run
        self.over, self.acknowledged, self.refused = False, [], []

    def run(self):
        n = 0
        while not self.over:
            name = '%s %d' % (self.called, n)
            n += 1
            status, _, said = self.command('new', 'parties', 'kind=person', 'name=' + name)
            if status == 0:
                self.acknowledged.append(name)
            else:
                self.refused.append((status, said[-200:]))
                time.sleep(0.2)


def over_libpq(*words):
    r = subprocess.run([os.environ['DOMOVOI'], '--dsn', BOTH + ' user=head_1', '--now', NOW] + list(words), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def kill_primary():
    """All of it at once, as when the machine is gone."""
    with open(PRIMARY + '/data/postmaster.pid') as f:
        pid = int(f.readline())
    children = [int(p) for p in subprocess.run(['ps', '-o', 'pid=', '--ppid', str(pid)], stdout=subprocess.PIPE).stdout.split()]
    os.kill(pid, signal.SIGKILL)
    for p in children:
        try:
            os.kill(p, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return time.monotonic()


def main():
    tap = Tap()
    admin = lambda host: 'host=%s user=postgres dbname=%s' % (host, DATABASE)
    api = Api(admin(PRIMARY), WORK, dsn=BOTH + ' user=t_domovoid', now=NOW)
    with api:
        writers = [Writer(api, api.sign_in('head_1'), i) for i in range(4)]
        seats = [Seat('%s/seat%d' % (WORK, i), 'http://127.0.0.1:%d' % api.port, '--now', NOW) for i in range(2)]
        for seat in seats:
            seat.run('login', 'head_1', typed=PASSWORD + '\n')
        commands = [Commands('command', over_libpq), Commands('command over the API', seats[0].run)]
        consoles = [Console([os.environ['DOMOVOI'], '--dsn', BOTH + ' user=head_1', '--now', NOW, '--lang', 'en'], cells=True) for _ in range(2)]
        consoles += [seat.at() for seat in seats]
        tap.ok(all(c.shows('ONLINE', 60) for c in consoles), 'two consoles are online over libpq, and two over the API')
        typing = consoles.pop() # one is in a form meanwhile
        typing.send(b':un\r')
        typing.shows(r'Home > Units[^~]*▸ +\w')
        typing.send(b'e')
        typing.shows(r'base v\d+')
        typing.send(b'\t\x15typed be')
        for c in consoles:
            c.send(b':parties\r')
            c.shows(r'Home > Parties')
            c.send(b'/Failover\r')
        for w in writers + commands:
            w.start()
        time.sleep(count(3, 20))
        before = len([m for w in writers for m in w.moments])
        died = kill_primary()
        typing.send(b'fore and after\x1b[12~')
        time.sleep(0.5)
        sql('host=%s user=postgres dbname=postgres' % STANDBY, "alter system set synchronous_standby_names = ''; select pg_reload_conf(); select pg_promote(true, 30)")
        promoted = time.monotonic()
        end, deadline = promoted, promoted + 60
        while time.monotonic() < deadline and not all(any(m > promoted for m in w.moments) for w in writers):
            time.sleep(0.02)
        first = min([m for w in writers for m in w.moments if m > promoted], default=float('nan'))
        last = max([min([m for m in w.moments if m > promoted], default=float('nan')) for w in writers])
        told = [len(c.acknowledged) for c in commands]
        while time.monotonic() < deadline and not all(len(c.acknowledged) >= n + 2 for c, n in zip(commands, told)):
            time.sleep(0.1)
        back = [c.shows('ONLINE', 30) and c.alive() for c in consoles]
        for w in writers + commands:
            w.over = True
        for w in writers + commands:
            w.join()
        all_of_them = one(admin(STANDBY), "select count(*) from domovoi.party where name like 'Failover%'")
        shown = [c.shows(r'Parties: %s\b[^~]*▸.*Failover' % all_of_them, 30) for c in consoles]
        kept = typing.shows(r'ONLINE[^~]*Home > Units {2}[^~]*typed before and after[^~]*saved', 30)
        saved = sql(admin(STANDBY), "select u.version, count(m.id) from domovoi.unit u left join domovoi.mutation m on m.record_id = u.id"
                    " and m.status = 'applied' where u.title = 'typed before and after' group by u.id, u.version")
        tap.diag('promoted %.2f s after the death; the first write %.2f s after that, all four writers back after %.2f s' % (
            promoted - died, first - promoted, last - promoted))
        tap.ok(first == first and last == last, 'every caller of the API goes on by itself')
        for c, n in zip(commands, told):
            tap.ok(len(c.acknowledged) >= n + 2, c.called[len('Failover '):] + ': they are done again', *c.refused[-3:])
        tap.ok(all(back) and all(shown), 'the consoles are back by themselves and show all %s records' % all_of_them, back, shown, *[c.cells for c in consoles])
        tap.ok(kept and saved == [['2', '1']], 'what was typed meanwhile is saved, once', saved, typing.cells)
        tap.ok(not [x for w in writers for x in w.wrong], 'nobody was told anything but "later"', *[x for w in writers for x in w.wrong][:5])
        acknowledged = [a for w in writers for a in w.acknowledged]
        rows = sql(admin(STANDBY), "select name, count(*), min(id::text) from domovoi.party where name like 'Failover%' group by 1")
        there = {r[0]: (int(r[1]), r[2]) for r in rows}
        told = [n for c in commands for n in c.acknowledged]
        lost = [n for n, i in acknowledged if there.get(n, (0, ''))[1] != i] + [n for n in told if n not in there]
        double = [n for n, (k, _) in there.items() if k != 1]
        tap.ok(before > 4 and not lost, 'of %d acknowledged (%d before the death) none is lost' % (len(acknowledged) + len(told), before), *lost[:10])
        tap.ok(not double, 'none is there twice, though %d requests were sent for %d' % (sum(w.tried for w in writers), len(acknowledged)), *double[:10])
        tap.ok(one(admin(STANDBY), "select count(*) from domovoi.mutation m join domovoi.party p on p.id = m.record_id where p.name like 'Failover%'") ==
               str(len(there)), 'and each has one mutation')
        for c in consoles + [typing]:
            c.close()
        api.admin = admin(STANDBY)
        tap.ok(api.alive() and api.stop() == 0 and 'ERROR: ' not in api.said(), 'the server stops clean', api.said()[-3000:])
    tap.done()


main()
