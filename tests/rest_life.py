#!/usr/bin/python3
"""A working day over the API, at real terminals: signing in by all its steps, proving it again, a server that goes and comes,
a login that somebody else ends, and certificates. The console and the command line against a real domovoid.

  rest_life.py ADMIN_DSN WORK NOW [PART…]     TAP on stdout; REST_LIFE_SHOW=1 prints the screens that people see
"""
import base64, hashlib, hmac, os, re, signal, struct, subprocess, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apilib import Api, PASSWORD, one, sql
from ptylib import Tap
from seatlib import Seat, sign_in

ADMIN, WORK, NOW = sys.argv[1:4]
ONLY = sys.argv[4:]
tap = Tap()
ok = tap.ok


def eq(got, want, name, *notes):
    return ok(got == want, name, 'got %r, want %r' % (got, want), *notes)


def totp(secret, step):
    """RFC 6238."""
    mac = hmac.new(base64.b32decode(secret), struct.pack('>Q', step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return '%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000)


class Authenticator:
    """Of somebody who has just confirmed it; each of its codes is good once, so the steps of now and beside it are used up one by one."""

    def __init__(self, api, login):
        me = api.sign_in(login)
        self.login = login
        self.secret = me.post('/api/v1/auth/totp', key=None).json['secret']
        r = me.post('/api/v1/auth/totp/confirm', {'code': totp(self.secret, self.step() - 1)}, key=None)
        self.recovery = r.json['recovery_codes']

    def step(self):
        return int(time.time()) // 30

    def code(self):
        sql(ADMIN, "update domovoi.user_totp set last_step = 0")
        return totp(self.secret, self.step())

    def wrong(self):
        near = [totp(self.secret, self.step() + i) for i in range(-3, 4)]
        return next(c for c in ('000000', '111111', '222222') if c not in near)


def answer(c, prompt, text, name):
    """A line of a command at a terminal."""
    good = c.until(prompt, 30, c.asked if hasattr(c, 'asked') else 0)
    c.asked = len(c.screen.text)
    c.send(text.encode() + b'\n')
    ok(good, name, bytes(c.screen.text).decode()[-800:])


def ends(c, status, said, name):
    c.wait(30)
    c.quiet(0.05)
    text = bytes(c.screen.text).decode()
    ok(not c.alive() and os.WEXITSTATUS(c.status) == status and re.search(said, text), name, c.status, text[-800:])
    c.close()


def shows(c, what, name, seconds=30):
    c.shows(what, seconds)
    c.quiet(0.05)
    if os.environ.get('REST_LIFE_SHOW'):
        tap.diag(name + '\n' + '\n'.join('#   ' + line for line in str(c.cells).split('\n')))
    return ok(re.search(what, str(c.cells)), name, 'want /%s/' % what, c.cells)


def unlock():
    sql(ADMIN, 'delete from domovoi.auth_limit')


def grow_old(login):
    """Nobody has proved who they are for ten minutes."""
    sql(ADMIN, "update domovoi.login_session s set proved_at = proved_at - interval '10 minutes' from domovoi.app_user u"
        " where u.id = s.user_id and u.login = :'login' and s.closed_at is null", login=login)


def journal(record):
    """How many changes of it were done."""
    return int(one(ADMIN, "select count(*) from domovoi.mutation where record_id = :'id' and status = 'applied'", id=record))


def party(name):
    return one(ADMIN, "select id from domovoi.party where name = :'name'", name=name)


# ---- 1. an authenticator

def signs_in_by_two_steps(url, phone):
    seat = Seat(WORK + '/mfa', url)
    c = seat.at()
    shows(c, r'Sign in: 127[^~]*Sign in to work here', 'the console asks who it is')
    sign_in(c, 'manager_1', 'not the password')
    shows(c, r'password or code is wrong', '… and says that the password is wrong')
    c.send(PASSWORD.encode() + b'\r')
    shows(c, r'Second step[^~]*Code', '… asks for the second step')
    c.send(phone.wrong().encode() + b'\r')
    shows(c, r'the code is wrong', '… a wrong code is said to be one')
    code = phone.code()
    c.send((code[:3] + ' ' + code[3:]).encode() + b'\r')
    shows(c, r'ONLINE', '… the right one, as the telephone shows it, comes in')
    return seat, c


def command_signs_in_by_two_steps(url, phone):
    seat = Seat(WORK + '/mfa_command', url)
    unlock()
    c = seat.at('login', 'manager_1')
    c.until(rb'Password for manager_1: ')
    time.sleep(5.2) # more than a question waits for a server that does not answer
    answer(c, rb'Password for manager_1: ', PASSWORD, 'domovoi login asks for the password, and has the time that it takes')
    answer(c, rb'Code of your authenticator', phone.wrong(), '… and for the code')
    answer(c, rb'E-LOGIN: the code is wrong[^~]*Code of your', phone.code(), '… says that it is wrong and asks again')
    ends(c, 0, 'signed in at .* as .*manager', '… and signs in')
    eq(seat.run('whoami')[0], 0, 'the next command is signed in')
    eq(seat.run('logout')[0], 0, 'and out')
    for n, used in enumerate(phone.recovery[:2]):
        c = seat.at('login', 'manager_1')
        answer(c, rb'Password for', PASSWORD, 'the telephone is lost')
        if n:
            answer(c, rb'Code of', phone.recovery[0], '… the code on paper is good once')
        answer(c, rb'Code of', used, '… a code on paper')
        ends(c, 0, 'signed in at', '… comes in')
        seat.run('logout')
    unlock()


# ---- 2. a password that somebody else chose

def reset(head, login):
    return head.post('/api/v1/auth/users/%s/password-reset' % login, key=None).json['password']


def must_change(api, url):
    seat, head = Seat(WORK + '/change', url), api.sign_in('head_1')
    once, mine = reset(head, 'realtor_1'), 'my own words, a few'
    c = seat.at('login', 'realtor_1')
    answer(c, rb'Password for realtor_1: ', once, 'the one-time password')
    answer(c, rb'A new one: ', mine, '… asks for a new one')
    answer(c, rb'Once more: ', mine + 'x', '… and once more')
    answer(c, rb'the two passwords differ[^~]*A new one: ', 'short', '… which is the same')
    answer(c, rb'Once more: ', 'short', '… and')
    answer(c, rb'12 to 128 characters[^~]*A new one: ', mine, '… long enough')
    answer(c, rb'Once more: ', mine, '… then')
    ends(c, 0, 'signed in at', '… it goes on')
    eq(seat.run('whoami')[0], 0, 'the next command is signed in')
    seat.run('logout')
    eq(seat.run('login', 'realtor_1', typed=mine + '\n')[0], 0, 'the new one counts, in a pipe, too')
    once, mine = reset(head, 'realtor_1'), 'other words of mine'
    status, _, said = seat.run('login', 'realtor_1', typed=once + '\n' + mine + '\n')
    eq(status, 0, 'in a pipe it is the second line', said)
    once, mine = reset(head, 'realtor_1'), 'third words of mine'
    c = seat.at()
    shows(c, r'Sign in: 127[^~]*realtor_1', 'the console knows who was here')
    c.send(once.encode() + b'\r')
    shows(c, r'A new password: [^~]*Once more', '… asks for a new password')
    c.send(b'\x1b')
    shows(c, r'type :login to be asked', '… which is not forced on anybody')
    eq(seat.run('whoami')[0], 4, '… but nobody is signed in without')
    c.send(b':login\r')
    shows(c, r'Sign in: 127', '… asked again')
    c.send(once.encode() + b'\r')
    shows(c, r'A new password: ', '… from the beginning')
    c.send(mine.encode() + b'\tsomething else\r')
    shows(c, r'the two passwords differ', '… the same twice')
    c.send(b'short\rshort\r')
    shows(c, r'12 to 128 characters', '… long enough')
    c.send(mine.encode() + b'\r' + mine.encode() + b'\r')
    shows(c, r'ONLINE', '… then it goes on')
    c.close()
    eq(seat.run('whoami')[0], 0, 'and is remembered')
    eq(one(ADMIN, "select must_change from domovoi.user_password p join domovoi.app_user u on u.id = p.user_id where login = 'realtor_1'"),
       'f', 'the password is of his own')


# ---- 3. what is dangerous

def proves_it_in_the_console(c, phone):
    who = party('Boboyev Jasur')
    grow_old('manager_1')
    c.send(b':parties\r')
    shows(c, r'Phone', 'people')
    c.send(b'/Boboyev\r')
    shows(c, r'▸.*Boboyev', 'one of them')
    c.send(b'a')
    shows(c, r'Put on the black list', 'what can be done')
    c.send(b'\x1b[B' * 4 + b'\r')
    c.shows(r'Reason')
    c.send(b'broke the window\r')
    shows(c, r'Enter: do it', 'asks for the reason, and once more')
    c.send(b'\r')
    shows(c, r'Prove that it is you[^~]*Code', 'and the server who it is: somebody with an authenticator by its code')
    eq(journal(who), 0, '… nothing was done yet')
    c.send(PASSWORD.encode() + b'\r')
    shows(c, r'the code is wrong', '… the password is not enough')
    c.send(phone.code().encode() + b'\r')
    shows(c, r'▸.*Boboyev.*blacklisted[^~]*Boboyev Jasur: blacklisted. u takes', '… then it is done, in place')
    eq(journal(who), 1, '… once')
    grow_old('manager_1')
    c.send(b'a')
    shows(c, r'Take off the black list', 'taking him off')
    c.send(b'\x1b[B' * 5 + b'\r')
    c.shows(r'Reason')
    c.send(b'he paid\r')
    shows(c, r'Prove that it is you', '… is dangerous, too')
    c.send(b'\x1b')
    shows(c, r'E-PROOF: it has to be proved first who you are', '… who will not prove it is told that it was not done')
    eq((journal(who), one(ADMIN, "select status from domovoi.party where id = :'id'", id=who)), (1, 'blacklisted'), '… nor is it')
    eq(bool(re.search(r'being saved', str(c.cells))), False, '… and nothing waits')


def proves_it_at_the_command_line(url):
    who, seat = party('Hakimova Sevara'), Seat(WORK + '/proof', url)
    eq(seat.run('login', 'head_1', typed=PASSWORD + '\n')[0], 0, 'the head at the command line')
    grow_old('head_1')
    ban = ('do', 'parties', who, 'ban', 'reason=unpaid', '--yes')
    status, _, said = seat.run(*ban)
    eq((status, len(said.splitlines()), journal(who)), (4, 1, 0), 'in a pipe: one line, nothing done', said)
    ok(re.search('proved first who you are.*domovoi logout, then domovoi login', said), '… which says what to do', said)
    c = seat.at(*ban)
    answer(c, rb'proof that it is you. Password for head_1: ', 'wrong', 'at a terminal it asks')
    answer(c, rb'the password is wrong[^~]*proof that it is you', PASSWORD, '… again, if it was wrong')
    ends(c, 0, 'Hakimova', '… and goes on')
    eq(journal(who), 1, 'it is done once')
    eq(seat.run('do', 'parties', who, 'unban', 'reason=paid', '--yes')[0], 0, 'the proof holds for the next one')
    unlock()


# ---- 4. certificates

def certificate(name, host):
    """For itself, as small companies make them; the file, and the file of its key."""
    pem, key = os.path.join(WORK, name + '.pem'), os.path.join(WORK, name + '.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
                    '/CN=' + host, '-addext', 'subjectAltName=DNS:' + host, '-keyout', key, '-out', pem], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(key, 0o600)
    return pem, key


def refused(seat, said, status, name):
    got, out, err = seat.run('login', 'head_1', typed=PASSWORD + '\n')
    ok(got == status and len(err.splitlines()) == 1 and re.search(said, err) and not out, name, got, out, err)


def encrypted(other):
    pem, key = certificate('server', 'localhost')
    api = Api(ADMIN, WORK + '/tls', now=NOW, tls_cert=pem, tls_key=key, pepper=other.settings['pepper'], jwt_keys=other.settings['jwt_keys'])
    api.start()
    try:
        url = 'https://localhost:%d' % api.port
        trusted = Seat(WORK + '/tls', url, '--ca', pem)
        eq(trusted.run('login', 'head_1', typed=PASSWORD + '\n')[0], 0, 'over https, with the certificate that one was given')
        status, out, err = trusted.run('list', 'units', '--limit', '2')
        ok(status == 0 and len(out.splitlines()) >= 2, '… it works', err)
        trusted.url, trusted.options = None, []
        status, out, err = trusted.run('whoami')
        ok(status == 0 and 'head' in out, '… the profile remembers the address and the certificate', status, out, err)
        c = trusted.at()
        shows(c, r'ONLINE localhost', '… the console, too')
        c.close()
        refused(Seat(WORK + '/tls2', url), r'E-TLS: .*certificate.*--ca FILE', 7, 'without it, one line says what to do')
        refused(Seat(WORK + '/tls3', 'https://127.0.0.1:%d' % api.port, '--ca', pem), r'E-TLS: .*certificate', 7, 'the name must be the one that was asked for')
        refused(Seat(WORK + '/tls4', url, '--ca', WORK + '/none.pem'), r'E-TLS: .*file of trusted certificates.*--ca FILE', 7, 'a file that is not there')
        refused(Seat(WORK + '/tls5', 'http://localhost:%d' % api.port), r'E-(CONN|API): ', 7, 'plain http to an encrypted port')
        c = Seat(WORK + '/tls6', url).at()
        sign_in(c, 'head_1')
        shows(c, r'certificate is not to be trusted[^~]*--ca\s+FILE', 'the console says so, too')
        c.close()
    finally:
        api.stop()
    for url in ('http://192.0.2.7:8443', 'http://domovoi.example'):
        refused(Seat(WORK + '/plain' + url[-4:], url), r'E-URL: .*https', 2, 'no password in the clear: ' + url)


# ---- 5. the server goes and comes while somebody types

class Form:
    """Of the first unit, in a console, with the cursor in its title."""

    def __init__(self, c):
        self.c = c
        c.send(b':un\r')
        c.shows(r'Home > Units[^~]*▸ +\w[^~]*e edit')
        c.quiet()
        code = re.search(r'▸ +(\S+)', str(c.cells)).group(1)
        self.id = one(ADMIN, "select id from domovoi.unit where code = :'code'", code=code)

    def opened(self):
        self.c.send(b'e')
        good = self.c.shows(r'base v\d+')
        self.c.send(b'\t\x15')
        return good

    def title(self):
        return one(ADMIN, "select coalesce(title, '') from domovoi.unit where id = :'id'", id=self.id)

    def version(self):
        return int(one(ADMIN, "select version from domovoi.unit where id = :'id'", id=self.id))


def types_while_it_restarts(api, c):
    form = Form(c)
    before, done = form.version(), journal(form.id)
    rounds = (('before', signal.SIGTERM), ('meanwhile', signal.SIGTERM), ('at once', signal.SIGKILL), ('at once', signal.SIGKILL))
    for i, (when, how) in enumerate(rounds):
        text = 'typed %s, %d' % (when, i)
        form.opened()
        c.send(text[:8].encode())
        c.quiet()
        if when == 'before':
            api.stop(how)
            shows(c, r'reconnecting[^~]*typed be', 'the server is gone: the console says so, and what was typed stays')
            c.send(text[8:].encode() + b'\x1b[12~')
            shows(c, r'1 being saved', 'F2 while nobody answers: it waits')
            time.sleep(6) # longer than a question waits for its answer
        else:
            c.send(text[8:].encode() + b'\x1b[12~')
            if when == 'meanwhile':
                time.sleep(0.02)
            api.stop(how)
        api.start()
        shows(c, r'ONLINE[^~]*Home > Units {2}[^~]*' + re.escape(text) + r'[^~]*u takes it back', 'saved when it is back (%s)' % when, 40)
        ok(form.title() == text and form.version() == before + i + 1 and journal(form.id) == done + i + 1,
           '… once: the row, its version and the journal (%s)' % when, form.title(), form.version(), journal(form.id))


# ---- 7. somebody else ends the session

def is_thrown_out(api, c):
    form, mine = Form(c), api.sign_in('head_1')
    before, done = form.version(), journal(form.id)
    form.opened()
    c.send('typed, and the session ended'.encode())
    c.quiet()
    page = mine.get('/api/v1/sessions?filter=status%3Dopen&limit=50').json['items']
    theirs = [s['id'] for s in page if not s['this'] and 'domovoi/' in (s['agent'] or '')]
    ended = [mine.post('/api/v1/sessions/%s/transitions' % s, {'action': 'revoke'}).status for s in theirs]
    ok(ended and set(ended) == {200}, 'a colleague ends the session of the console', page, ended)
    c.send(b'\x1b[12~')
    shows(c, r'Your login is over[^~]*head_1', 'F2: the console asks who it is, in place')
    eq((form.version(), journal(form.id)), (before, done), '… nothing was done')
    c.send(b'\x1b')
    shows(c, r'Title.*typed, and the session ended[^~]*type :login', '… who does not want to is not forced, and loses nothing')
    c.send(b'\x1b[12~')
    shows(c, r'Sign in: 127[^~]*head_1[^~]*Password', '… until the next key that waits for it')
    c.send(b'\x1b[Anobody\x15')
    shows(c, r'Login +head_1 *│', '… the same person, whose change it is, and nobody else')
    c.send(PASSWORD.encode() + b'\r')
    shows(c, r'ONLINE[^~]*Home > Units {2}[^~]*typed, and the session ended[^~]*u takes it back', '… signed in, it goes on where it was')
    eq((form.version(), journal(form.id)), (before + 1, done + 1), '… and the change was done once')


def desk(api, url):
    c = Seat(WORK + '/desk', url).at()
    sign_in(c, 'head_1')
    shows(c, 'ONLINE', 'at the desk')
    types_while_it_restarts(api, c)
    is_thrown_out(api, c)
    c.close()


def two_steps(api, url):
    phone = Authenticator(api, 'manager_1')
    seat, c = signs_in_by_two_steps(url, phone)
    proves_it_in_the_console(c, phone)
    c.close()
    command_signs_in_by_two_steps(url, phone)


PARTS = dict(two_steps=two_steps, must_change=must_change, proof=lambda api, url: proves_it_at_the_command_line(url),
             tls=lambda api, url: encrypted(api), desk=desk)


def main():
    api = Api(ADMIN, WORK + '/api', now=NOW)
    with api:
        api.settings['listen'] = '127.0.0.1:%d' % api.port # where it will be found again
        url = 'http://127.0.0.1:%d' % api.port
        for name in ONLY or PARTS:
            began = time.monotonic()
            PARTS[name](api, url)
            tap.diag('%s took %.1f s' % (name, time.monotonic() - began))
        ok(api.stop() == 0 and 'ERROR: ' not in api.said(), 'the server stops clean', api.said()[-3000:])
    tap.done()


main()
