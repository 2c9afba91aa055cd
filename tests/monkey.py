#!/usr/bin/python3
"""Random keys, pastes, resizes, mouse bytes and broken sequences at the console on a pty: no crash, no hang, a sane terminal at the end.

  monkey.py COMMAND...      TAP on stdout; TEST_SEED, TEST_COUNT

A hang is judged by a probe: after each burst the paste is closed and C-l pressed, and the answer (a paint from the top) has to come
before the console has used three seconds of processor time (it is sanitised), or for 30 seconds none at all.
"""
import os, signal, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Console, Tap, count, seeded

PAINT = b'\x1b[H\x1b[2J'
LATIN = 'qwertyuiop[]asdfghjkl;\'zxcvbnm,./`1234567890-=QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?~!@#$%^&*()_+ '
RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю.ё1234567890-=ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё!"№;%:?*()_+ '
KAZAKH = 'йцукенгшщзхъфывапролджэячсмитьбю№(әіңғ,.үұқөһЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ?)"!ӘІҢҒ;:ҮҰҚӨҺ '
NAMED = [b'\x1b[A', b'\x1b[B', b'\x1b[B', b'\x1b[B', b'\x1b[C', b'\x1b[D', b'\x1b[5~', b'\x1b[6~', b'\x1b[H', b'\x1b[F', b'\x1b[2~', b'\x1b[3~', b'\r',
         b'\r', b'\r', b'\t', b'\x1b[Z', b'\x7f', b'\x1b', b' ', b'\x1bOP', b'\x1b[15~', b'\x1b[20~', b'\x1bm', b'\x1b1', b'\x1b2', b'\x1b5', b'\x1b7']
GO = [b'gh', b'gp', b'gs', b'gb', b'gt', b'gc', b'gm', b'gx', b'gr', b'p', b'A', b'R', b'H', b'W', b'M', b'i', b'D', b'r', b'f', b'd', b't', b'P', b'E', b'I',
      b'?', b'/', b':', b's', b'a', b'n', b'e', b'u', b'x', b'y', b'o', b'j', b'k', b'm', b'>', b'<', b'!', b'[', b']']
# The screens that only a name or a record opens, their forms and questions.
FAR = [b':' + n + b'\r' for n in (b'desk', b'calls', b'refunds', b'chargerun', b'statement', b'rentroll', b'duplicates', b'moderation', b'reports',
                                 b'report top', b'report rent_roll', b'report quote', b'agreements', b'charges', b'payments', b'parties', b'users',
                                 b'settings', b'expenses', b'timeline', b'cal 1806', b'ag status=active', b'statement 25', b'see-as', b'history')] + [
    b'gc3p', b'gcPA', b'gcn', b'gt M', b'gt  M', b'gt\x1b[19~x\r', b'gta', b'gtn', b'\x1b[19~', b'gpTi', b'nope.csv\r', b'gblr', b'gblD', b'gblX1', b'gbt', b'gbtD',
    b'gs2', b'gs3', b'gs4', b'gs5', b'gs6', b'gs7', b'gsP', b'gso', b'gsT', b'd0106\r', b'd31.05.2026\r', b'\r1', b'\r2', b'\r5', b'\r9', b'R1000\r', b'R1\rx\r',
    b':rentroll\rn', b':rentroll\rE', b':rentroll\rI', b':rentroll\ra', b':rentroll\r*I5\r', b':chargerun\r>r', b':chargerun\rr\x1bOQ', b':refunds\r\x1bOQ',
    b':calls\rn', b':calls\ro', b':statement\r/25\r', b':moderation\r<x\r', b'\x1bOQ', b'\x1bOQ\r', b'T\x0f', b'\x17', b'\x07', b'\x1bh', b'\x1bw', b'\x1bj', b'\x1bi', b'\x10']
DEEP = [b'gx', b'T', b't', b'v', b'w', b'c', b'X', b'=', b'*', b'-', b'S', b'+', b'F', b'\x1bd', b'\x1bOS', b'\x1bOQ', b'\x1bOR', b'\x13', b'\x10', b'\x0e', b'\x15', b':un\r',
        b':bk \t', b':new \t', b':re \t\r', b'/status=hold\r', b'\r\r', b'a\r', b'gbn', b'gbt', b'gb>', b'gxn', b'gp\re', b'e\t\t', b'x\r', b'y\r', b':view \t', b'@\t\r', b'\x1b[1;2B', b'\x1b[1;5C']
BROKEN = [b'\x1b[', b'\x1bO', b'\x1b[200', b'\x1b[1;', b'\x1b[<0;1', b'\x1b[M', b'\x1b]0;', b'\x1bP1$r', b'\xd0', b'\xe2\x80', b'\xf0\x9f', b'\xff\xfe',
          b'\x1b[2;3R', b'\x1b[999;999R', b'\x1b[?62;22c', b'\x9b31m', b'\x1b[27;5;99999999999~', b'\x1b\x1b\x1b[', b'\x1b[1;2;3;4;5;6;7;8;9~', b'\x00']


def mouse(random):
    return b'\x1b[<%d;%d;%d%s' % (random.choice([0, 0, 0, 1, 2, 32, 64, 65, 65, 255]), random.randint(0, 210), random.randint(0, 70), random.choice([b'M', b'm']))


def paste(random):
    body = b''.join(random.choice([b'a', 'Ж'.encode(), b'\r', b'\n', b'\t', b'\x03', b'\x1a', b'\x1b', b'q', b'/', b'\xff', b'100', b' ']) for _ in range(random.randint(0, 60)))
    return b'\x1b[200~' + body + random.choice([b'\x1b[201~', b'\x1b[201~', b''])


def burst(c, random, layout, size):
    for _ in range(random.randint(1, 25)):
        what = random.random()
        if what < 0.35:
            c.send(random.choice(layout).encode())
        elif what < 0.65:
            c.send(random.choice(NAMED))
        elif what < 0.74:
            c.send(random.choice(GO))
        elif what < 0.82:
            c.send(random.choice(random.choice([DEEP, FAR])))
        elif what < 0.87:
            c.send(mouse(random))
        elif what < 0.90:
            c.send(paste(random))
        elif what < 0.94:
            c.send(random.choice(BROKEN))
        elif what < 0.96:
            c.send(bytes(random.randint(0, 255) for _ in range(random.randint(1, 12))).replace(b'\x11', b'').replace(b'\x13', b''))
        elif what < 0.98:
            c.resize(*random.choice(size))
            if random.random() < 0.3:
                for _ in range(20): # a storm
                    c.resize(random.randint(1, 60), random.randint(1, 200))
                    c.read()
        else:
            c.send(random.choice(layout).encode() * random.randint(20, 300))
        c.read(random.choice([0, 0, 0.005]))


def answers(c):
    """Does it still take keys? None = it has ended."""
    used, since = c.cpu(), time.monotonic()
    c.quiet(0.03, 5)
    mark = len(c.output)
    c.send(b'\x1b[201~\x0c')
    while PAINT not in c.output[mark:]:
        if not c.alive():
            return None
        c.read(0.05)
        now = time.monotonic()
        if c.cpu() - used > 3 or now - since > 30: # sanitised: three times a second
            return False
        if now - since > 2 and int((now - since) * 20) % 20 == 0:
            c.send(b'\x1b[201~\x0c') # it was busy, or what was sent belonged to a sequence cut off
    return True


def life(command, random, bursts):
    """One console, until it quits or the bursts are over. Returns what is wrong."""
    lang, layout = random.choice([('en', LATIN), ('ru', RUSSIAN), ('kk', KAZAKH)])
    sizes = [(24, 80), (45, 160), (24, 80), (random.randint(1, 60), random.randint(1, 200)), (1, 1), (23, 79)]
    c = Console(command + ['--lang', lang], answer=random.choice([None, [b'\x1b[2;2R'], [b'\x1b[2;3R']]),
                ASAN_OPTIONS='detect_leaks=1:symbolize=1:color=never:log_path=' + os.environ['MONKEY_LOG'])
    wrong, done = [], 0
    c.until(rb'ONLINE|\d ms|\d \xd0\xbc\xd1\x81', 30)
    if random.random() < 0.5:
        c.send(b'\x1bm')
    while done < bursts and c.alive() and not wrong:
        burst(c, random, layout, sizes)
        done += 1
        if answers(c) is False:
            wrong.append('no answer to C-l after burst %d' % done)
    if c.alive() and not wrong:
        c.resize(24, 80)
        for _ in range(40):
            if c.wait(0.25):
                break
            c.send(b'\x1b[24~') # F12: back, in the end out
        if c.alive():
            c.send(b'\x1b')
            c.quiet(0.05)
            c.kill(signal.SIGTERM)
            c.wait()
    c.wait(1)
    while c.read(0.02):
        pass
    # Having given the terminal back it may still be busy leaving when C-c comes, now from the terminal. But not before.
    left = c.status in (signal.SIGINT, signal.SIGQUIT) and b'\x1b[999;1H' not in c.output
    if c.status not in (0, signal.SIGTERM) and not left and not wrong:
        wrong.append('status %r %s' % (c.status, bytes(c.output[-9000:]).decode('utf-8', 'replace')))
    wrong += c.screen.insane() + (['settings'] if c.settings_differ() else [])
    if wrong:
        wrong.append(bytes(c.screen.text[-1500:]).decode('utf-8', 'replace'))
    c.close()
    return wrong, done, lang


def main():
    tap = Tap()
    random = seeded(tap)
    for i in range(count(6, 60)):
        wrong, done, lang = life(sys.argv[1:], random, 40)
        tap.ok(not wrong, 'life %d (%s)' % (i + 1, lang), *wrong)
        tap.diag('%d bursts' % done)
    tap.done()


main()
