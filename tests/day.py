#!/usr/bin/python3
"""A day at an agency: five people at their consoles at once, sixty tasks by keys, then the figures of the screens against
SQL over the ledger and the occupancy that shares nothing with the reports.

  day.py PROGRAM DSN ADMIN NOW      TAP on stdout; DSN has user=USER; the records are chosen by SQL, so any demo size will do
"""
import os, re, subprocess, sys, threading
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Tap

PROGRAM, DSN, ADMIN, NOW = sys.argv[1:5]
TODAY = NOW[:10]


def sql(query):
    """Rows of texts, as the database's owner: past policies, views and reports."""
    out = subprocess.run(['psql', '-XAtq', '-F', '|', '-v', 'ON_ERROR_STOP=1', '-d', ADMIN, '-c', "set domovoi.now = '%s'" % NOW, '-c', query],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split('|') for line in out.splitlines()]


def one(query):
    return sql(query)[0][0]


def number(query):
    return int(one(query) or 0)


def show(login, keys, screen='home'):
    p = subprocess.run([PROGRAM, '--dsn', DSN.replace('USER', login), '--lang', 'en', '--now', NOW, '--no-color', 'show', screen, '--size', '160x45', '--keys', keys],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    return p.stdout


def line(text):
    """A line of the palette as keys."""
    return ':' + text.replace(' ', '<Space>') + '<Enter>'


# ---- who does what ------------------------------------------------------------------------------------------

class Person(threading.Thread):
    def __init__(self, login):
        super().__init__()
        self.login, self.tasks, self.results = login, [], []

    def task(self, name, keys, said, after=None, screen='home'):
        """`said`: a pattern that the screen must show then; `after`: a query that must say t."""
        self.tasks.append((name, keys, said, after, screen))

    def run(self):
        for name, keys, said, after, screen in self.tasks:
            try:
                text = show(self.login, keys() if callable(keys) else keys, screen)
                wrong = [] if re.search(said, text) else ['not on the screen: %s' % said]
                wrong += [] if 'lacks' in said else ['an error: ' + m for m in re.findall(r'^ (?:E-[A-Z]+|DM\d{3}|\d[0-9A-Z]{4})\b.*', text, re.M)]
                if after and one(after) != 't':
                    wrong.append('not so: ' + after)
                self.results.append((name, wrong, text))
            except Exception as e:
                self.results.append((name, [repr(e)], ''))


def realtor(login, units, stays):
    p = Person(login)
    for i, (code, unit) in enumerate(units[:4]):
        start, end = '2026-12-%02d' % (3 + i * 5), '2026-12-%02d' % (5 + i * 5)
        made = "from domovoi.reservation r where r.company_id = 1 and r.unit_id = '%s' and r.check_in = '%s' and r.status in ('%%s')" % (unit, start)
        p.task('new stay in %s' % code, line('bk+ %s %s %s' % (code, start, end)) + ' ж Enter F2', r'\d+: new|held|hold|saved',
               'select count(*) = 1 ' + made % 'hold')
        p.task('it is confirmed', lambda m=made: line('bk %s >' % one('select no ' + m % 'hold')), 'Confirm', 'select count(*) = 1 ' + made % 'confirmed')
    for no in stays[:3]:
        p.task('stay %s cancelled' % no, line('bk %s cancel plans_changed' % no) + ' Enter', 'Cancel', status('reservation', no, 'cancelled'))
    p.task('what is mine', line('bk status=confirmed'), 'Reservations')
    return p


def status(table, no, *states):
    return "select status in (%s) from domovoi.%s where company_id = 1 and no = %s" % (','.join("'%s'" % s for s in states), table, no)


def manager(stays, house, free):
    p = Person('manager_1')
    for no in house[:3]:
        p.task('guest of %s leaves' % no, line('bk %s >' % no), r'%s: ' % no, status('reservation', no, 'completed'))
    for no in stays[:3]:
        p.task('stay %s cancelled' % no, line('bk %s cancel plans_changed' % no) + ' Enter', 'Cancel', status('reservation', no, 'cancelled'))
    for i in range(3):
        name = 'Day Guest %c' % (65 + i)
        p.task('a new person', line('tn+ name="%s"' % name) + ' F2', 'Day Guest', "select count(*) = 1 from domovoi.party where company_id = 1 and name = '%s'" % name)
    p.task('the board', 'Down Down', 'confirmed', screen='bookings')
    p.task('the chessboard', 'g+x Down', 'Chessboard')
    p.task('the unit', line('un %s' % free[0][0]), 'Details')
    return p


def accountant(charges, parts, back):
    p = Person('accountant_1')
    for no, amount in charges[:5]:
        p.task('charge %s is paid' % no, line('ch %s' % no) + ' p F2', 'payment', "select sum(p.amount) = %s from domovoi.payment p join domovoi.charge c "
               "on c.company_id = p.company_id and c.id = p.charge_id where c.company_id = 1 and c.no = %s and p.booked_on = '%s'" % (amount, no, TODAY))
    for no, amount in parts[:2]:
        p.task('a part of charge %s' % no, line('ch %s' % no) + ' p C-u 1000 F2', 'payment', "select count(*) = 1 from domovoi.payment p join domovoi.charge c "
               "on c.company_id = p.company_id and c.id = p.charge_id where c.company_id = 1 and c.no = %s and p.amount = 100000 and p.booked_on = '%s'" % (no, TODAY))
    for no in back[:2]:
        p.task('a refund of payment %s' % no, line('pay %s' % no) + ' R C-u 500<Enter> Enter', 'refund of 500 asked for',
               "select count(*) = 1 from domovoi.refund r join domovoi.payment p on p.company_id = r.company_id and p.id = r.payment_id "
               "where r.company_id = 1 and p.no = %s and r.amount = 50000 and r.status = 'requested'" % no)
    p.task('the calendar', 'Tab', 'Payments', screen='payments')
    p.task('the desk', '', 'overdue', screen='desk')
    p.task('whom to call', '', 'debtor', screen='calls')
    p.task('the run is tried out', '> r', 'tried out', screen='chargerun')
    p.task('the rent roll', '', 'Rent roll', screen='rentroll')
    return p


def head(leases):
    p = Person('head_1')
    for no in leases[:2]:
        p.task('agreement %s: notice' % no, line('ag %s give_notice reason=moves' % no), r'%s: ' % no, status('agreement', no, 'notice'))
    for no in leases[2:4]:
        p.task('agreement %s goes on' % no, line('ag %s extend until=2029-01-01' % no), r'%s: ' % no,
               "select ends_on = '2029-01-01' from domovoi.agreement where company_id = 1 and no = %s" % no)
    for report, title in (('revenue', 'Revenue'), ('occupancy', 'Occupancy'), ('arrears', 'Arrears'), ('collection', 'Collection'), ('rent_roll', 'Rent roll')):
        p.task('report ' + report, line('report ' + report), r'Home > %s\b[^\n]*\d+ rows?\b(?s:.)*\d\.\d' % title)
    for page, what in (('3', r'\[3 Money\](?s:.)*By charges'), ('4', r'\[4 Cancelled\](?s:.)*By initiator'), ('5', r'\[5 Compare\]'), ('6', r'\[6 Forecast\]'),
                       ('7', r'\[7 Top 5\](?s:.)*others')):
        p.task('analytics, page ' + page, page, what + r'(?s:.)*\d', screen='analytics')
    return p


def auditor():
    p = Person('auditor_1')
    for screen in ('home', 'portfolio', 'tenants', 'payments', 'bookings', 'analytics', 'rentroll', 'calls'):
        p.task('looks at ' + screen, 'Down', r'auditor', screen=screen)
    p.task('the trail', line('report audit_verify company=1'), 'audit|rows|row')
    p.task('the history of a stay', 'H', 'History', screen='reservations')
    p.task('the year', '2', 'Year', screen='analytics')
    p.task('may not change', ':bk+<Enter>', 'lacks the permission|not for your role|may not', screen='bookings')
    return p


def people():
    own = one("select user_id from domovoi.db_login where rolname = 'realtor_1'")
    units = "select u.code, u.id from domovoi.unit u where u.company_id = 1 and %s and not exists (select from domovoi.unit x " \
            "where x.company_id = 1 and x.parent_id = u.id) and u.parent_id is null and exists (select from domovoi.offering o where o.company_id = 1 and " \
            "o.unit_id = u.id and o.mode = 'short_stay') and u.archived_at is null and not exists (select from domovoi.occupancy y where y.company_id = 1 and y.unit_id = u.id " \
            "and y.check_out > '2026-12-01') order by u.code limit 8"
    mine, free = sql(units % ("u.agent_id = '%s'" % own)), sql(units % 'true')
    stay = "select r.no from domovoi.reservation r where r.company_id = 1 and r.status = '%s' and %s order by r.check_in, r.no limit 12"
    far = "r.check_in > '%s'::date + 7" % TODAY
    mine_stays = [r[0] for r in sql(stay % ('confirmed', far + " and r.agent_id = '%s'" % own))]
    stays = [r[0] for r in sql(stay % ('confirmed', far + " and r.agent_id is distinct from '%s'" % own))]
    house = [r[0] for r in sql(stay % ('checked_in', 'true'))]
    charge = "select no, amount - allocated from domovoi.charge where company_id = 1 and voided_on is null and allocated = 0 and kind <> 'deposit' and %s order by no desc limit 8"
    due, coming = sql(charge % ("due_on < '%s'" % TODAY)), sql(charge % ("due_on > '%s'" % TODAY))
    back = [r[0] for r in sql("select p.no from domovoi.payment p where p.company_id = 1 and p.status = 'succeeded' and p.method <> 'deposit' and p.booked_on >= '%s'::date - 20 "
        "and p.amount > 100000 and p.reservation_id is not null and not exists (select from domovoi.refund r where r.company_id = 1 and r.payment_id = p.id) order by p.no desc limit 2" % TODAY)]
    leases = [r[0] for r in sql("select no from domovoi.agreement where company_id = 1 and status = 'active' order by no limit 4")]
    return [realtor('realtor_1', mine, mine_stays), manager(stays, house, free), accountant(due, coming, back), head(leases), auditor()]


# ---- figures ------------------------------------------------------------------------------------------------

def money(text):
    """"5 872 000.00" -> minor units."""
    digits = text.replace('\u00a0', '').replace('\u202f', '').replace(' ', '')
    whole, _, cents = digits.partition('.')
    return int(whole) * 100 + (int((cents + '00')[:2]) * (-1 if whole.startswith('-') else 1) if cents else 0)


def found(tap, what, text, pattern, want, read=int):
    m = re.search(pattern, text)
    got = read(m.group(1)) if m else None
    tap.ok(got == want, what, 'screen %s, books %s' % (got, want), '' if m else text)


AMOUNT = r'(-?\d{1,3}(?: \d{3})*\.\d\d)'
NIGHTS = "domovoi.occupancy o where o.company_id = 1 and o.source = 'reservation' and o.sold and o.currency = 'KZT' and o.check_in < '2026-07-01' and o.check_out > '2026-06-01'"
IN_JUNE = "(least(o.check_out, date '2026-07-01') - greatest(o.check_in, date '2026-06-01'))"
LIVE = "domovoi.charge c where c.company_id = 1 and c.voided_on is null"


def figures(tap):
    shown = show('head_1', '', 'analytics')
    figure = shown.splitlines()[4]
    sold = number('select sum(%s) from %s' % (IN_JUNE, NIGHTS))
    revenue = number('select sum(o.price * %s) from %s' % (IN_JUNE, NIGHTS)) # the price of a span is that of each of its nights
    found(tap, 'analytics: nights sold in June', figure, r'^\s+([\d ]+?)\s{2,}', sold, lambda t: int(t.replace(' ', '')))
    found(tap, 'analytics: revenue of June by nights', figure, AMOUNT + ' KZT', revenue, money)

    paid = number("""select coalesce(sum(p.amount), 0) from domovoi.payment p where p.company_id = 1 and p.status = 'succeeded' and p.method <> 'deposit'
        and p.booked_on >= '2026-06-01' and p.booked_on < '2026-07-01' and p.currency = 'KZT'""")
    back = number("select coalesce(sum(r.amount), 0) from domovoi.refund r where r.company_id = 1 and r.status = 'done' and r.booked_on >= '2026-06-01' and r.booked_on < '2026-07-01'")
    issued = number("select coalesce(sum(c.amount), 0) from %s and c.kind <> 'deposit' and coalesce(c.period_from, c.due_on) >= '2026-06-01' and coalesce(c.period_from, c.due_on) < '2026-07-01'" % LIVE)
    by = {}
    for basis in ('payments', 'charges'):
        text = show('head_1', line('report revenue from=2026-06-01 to=2026-07-01 group=none basis=%s' % basis))
        amounts = [money(x) for x in re.findall(AMOUNT, text)]
        by[basis] = amounts
    tap.ok(paid - back in by['payments'], 'revenue by payments: what came in less what was given back', 'books %d, screen %r' % (paid - back, by['payments']))
    tap.ok(issued in by['charges'], 'revenue by charges: what was charged', 'books %d, screen %r' % (issued, by['charges']))

    text = show('head_1', '', 'payments')
    due, full = number("select count(*) from %s and c.due_on >= '2026-06-01' and c.due_on < '2026-07-01'" % LIVE), \
        number("select count(*) from %s and c.due_on >= '2026-06-01' and c.due_on < '2026-07-01' and c.allocated = c.amount" % LIVE)
    found(tap, 'calendar: charges due in June', text, r'due (\d+)', due)
    found(tap, 'calendar: paid in full', text, r'paid (\d+)', full)

    overdue = sql("select count(*), sum(c.amount - c.allocated) from %s and c.amount > c.allocated and c.due_on < '%s'" % (LIVE, TODAY))[0]
    text = show('accountant_1', '', 'desk')
    row = next((l for l in text.splitlines() if 'Charges overdue' in l), '')
    found(tap, 'desk: charges overdue', row, r'overdue\s+([\d ]+?)\s{2,}', int(overdue[0]), lambda t: int(t.replace(' ', '')))
    found(tap, 'desk: how much', row, AMOUNT + ' KZT', int(overdue[1]), money)

    roll = sql("""select count(*), sum(l.amount) from domovoi.agreement a join domovoi.agreement_line l on l.company_id = a.company_id and l.agreement_id = a.id and l.kind = 'rent'
        and l.from_on <= '%s' and l.to_on > '%s' where a.company_id = 1 and a.status in ('active', 'notice') and a.starts_on <= '%s'""" % (TODAY, TODAY, TODAY))[0]
    text = show('head_1', '', 'rentroll')
    found(tap, 'rent roll: units let', text, r'KZT: (\d+) of', int(roll[0]))
    found(tap, 'rent roll: rent', text, 'rent ' + AMOUNT, int(roll[1]), money)

    for no, balance in sql("""select p.no, sum(t.amount) from domovoi.ledger_entry t join domovoi.account a on a.company_id = t.company_id and a.id = t.account_id
        join domovoi.party p on p.company_id = a.company_id and p.id = a.party_id where a.company_id = 1 and a.kind = 'receivable' group by p.no
        having sum(t.amount) <> 0 order by abs(sum(t.amount)) desc limit 5"""):
        text = show('head_1', line('tn %s' % no))
        found(tap, 'balance of %s' % no, text, r'Balance\s+' + AMOUNT, int(balance), money)


def books(tap):
    tap.ok(number("select count(*) from (select tx_id from domovoi.ledger_entry group by company_id, tx_id having sum(amount) <> 0) x") == 0, 'every transaction balances')
    tap.ok(not sql('select * from domovoi.ledger_faults() limit 5'), 'the books have no fault')
    tap.ok(not sql('select * from domovoi.rollup_faults() limit 5'), 'the months are added up right')
    tap.ok(number("""select count(*) from domovoi.occupancy a join domovoi.occupancy b on b.company_id = a.company_id and b.unit_id = a.unit_id
        and b.source_id <> a.source_id and b.check_in < a.check_out and a.check_in < b.check_out where a.company_id = 1 and a.check_out > '%s'""" % TODAY) == 0, 'no night is used twice')


def main():
    tap = Tap()
    staff = people()
    figures(tap)  # before, too: a figure that is wrong from the start is not the day's
    for p in staff:
        p.start()
    for p in staff:
        p.join()
    for p in staff:
        for name, wrong, text in p.results:
            tap.ok(not wrong, '%s: %s' % (p.login, name), *wrong, text if wrong else '')
    for i in range(2): # what the accountant has asked for, a second person grants
        before = number("select count(*) from domovoi.refund where company_id = 1 and status = 'requested'")
        text = show('head_1', 'F2 Enter', 'refunds')
        tap.ok(number("select count(*) from domovoi.refund where company_id = 1 and status = 'requested'") == before - 1, 'head_1: a refund is granted', text)
    tap.ok(sum(len(p.results) for p in staff) >= 60, 'sixty tasks of five people', str(sum(len(p.results) for p in staff)))
    figures(tap)
    books(tap)
    tap.done()


main()
