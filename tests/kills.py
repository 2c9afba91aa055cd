#!/usr/bin/python3
"""The console is killed at random moments while keys are fed: the terminal is as before, soon after.

  kills.py COMMAND...      TAP on stdout; TEST_SEED, TEST_COUNT
"""
import os, signal, statistics, sys, termios, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Console, Tap, count, seeded

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL]
KEYS = [b'j', b'k', b'\x1b[B', b'\x1b[6~', b'gp', b'gh', b'gs', b'\r', b'\t', b'?', b'L', b'\x1bm', b'/ann\r', b'/', b'\x0c',
        b'\x1b[200~pasted\x1b[201~', b'\x1b[<0;20;8M', b'\x1b[<65;20;8M', b'\x1a', b'd', b'a', b' ',
        b'gt', b'gc', b'gm', b'gb', b'gbt', b':rentroll\r', b':report top\r', b':calls\r', b'p', b'H', b'n', b'e', b'3', b'\x1b[19~', b'x', b'i', b'q']
PATIENCE = 1.0 # a machine may be busy; the times are printed


def odd_settings(random):
    """A terminal that is not as usual must come back not as usual."""
    def setup(tty):
        t = termios.tcgetattr(tty)
        t[3] ^= random.choice([0, termios.ECHO, termios.ECHOCTL, termios.IEXTEN])
        t[0] ^= random.choice([0, termios.IXON, termios.IXANY])
        t[6][termios.VERASE] = random.choice([b'\x7f', b'\x08'])
        termios.tcsetattr(tty, termios.TCSANOW, t)
    return setup


def one(command, random):
    """Returns what is wrong, the seconds it took after the death, the signal and a word on when."""
    c = Console(command, setup=odd_settings(random), ASAN_OPTIONS='detect_leaks=0:symbolize=0:color=never')
    number = random.choice(SIGNALS)
    early = random.random() < 0.15
    if early:
        moment = time.monotonic() + random.random() * 0.3
    else:
        c.until(rb'ONLINE', 60)
        moment = time.monotonic() + random.random() * 0.6
    resize = random.random() < 0.2
    while time.monotonic() < moment and c.alive():
        if not early:
            c.send(random.choice(KEYS))
        if resize:
            c.resize(random.randint(1, 60), random.randint(1, 200))
        c.read(random.random() * 0.02)
    c.kill(number)
    if not c.wait(2):
        c.kill(number) # while it is suspended INT and QUIT are not for it
    gone = c.wait(30)
    wrong = ['still running']
    while gone:
        while c.read():
            pass
        wrong = c.screen.insane() + (['settings'] if c.settings_differ() else [])
        if not wrong or time.monotonic() > c.died + PATIENCE:
            break
        c.read(0.001)
    took = time.monotonic() - (c.died if gone else 0)
    tail = bytes(c.output[-200:])
    c.close()
    return wrong, took, number, ('at start' if early else 'in use') + (' %r' % tail if wrong else '')


def main():
    tap = Tap()
    random = seeded(tap)
    times = {}
    for i in range(count(40, 200)):
        wrong, took, number, when = one(sys.argv[1:], random)
        times.setdefault(number.name, []).append(took * 1000)
        tap.ok(not wrong, '%s %s' % (number.name, when if not wrong else when[:8]), ', '.join(wrong), when)
    for name in sorted(times):
        tap.diag('%s: %d times, sane after %.1f ms (median), %.1f ms (worst)' % (name, len(times[name]),
                 statistics.median(times[name]), max(times[name])))
    worst = max(t for all in times.values() for t in all)
    tap.ok(worst <= PATIENCE * 1000, '%d deaths, sane within 1 s: the worst took %.1f ms' % (sum(map(len, times.values())), worst))
    tap.done()


main()
