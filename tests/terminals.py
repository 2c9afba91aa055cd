#!/usr/bin/python3
"""The console on each kind of terminal: it starts, draws in what the terminal can show, is suspended, and leaves it as it was.

  terminals.py COMMAND...      TAP on stdout
"""
import os, re, shlex, signal, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Console, Tap

NARROW, WIDE = [b'\x1b[2;2R'], [b'\x1b[2;3R']
UNICODE = '─│▸…·█'
tap = Tap()
command = sys.argv[1:]


def text(c):
    return bytes(c.screen.text).decode('utf-8', 'replace')


def colours(c):
    return ' '.join(sorted(k for k in set(re.findall(rb'\x1b\[([0-9;]*)m', bytes(c.output))) and
                           (m.decode() for m in re.findall(rb'\x1b\[([0-9;]*)m', bytes(c.output)))))


def visit(name, check=None, first='ONLINE', keys=(b'gp',), then='Portfolio', answer=None, **env):
    """Starts, goes to the portfolio, quits by F12s."""
    c = Console(command, answer=answer, **{'LC_ALL': 'C.UTF-8', **env})
    up = c.until(first.encode(), 60)
    c.quiet(0.3)
    for k in keys:
        c.send(k)
        c.quiet(0.1)
    there = c.until(then.encode(), 20)
    c.quiet()
    for _ in range(20):
        c.send(b'q')
        if c.wait(0.3):
            break
    ended = c.wait(5)
    while c.read(0.05):
        pass
    wrong = ([] if up else ['never online']) + ([] if there else ['no ' + then]) + ([] if ended and c.status == 0 else ['status %r' % c.status])
    wrong += c.screen.insane() + (['settings'] if c.settings_differ() else [])
    wrong += (check(c) or []) if check else []
    tap.ok(not wrong, name, wrong, text(c)[-800:] if wrong else '')
    c.close()


def no_glyphs(c):
    return ['glyph ' + g for g in UNICODE if g in text(c)]


def glyphs(c):
    return [] if '─' in text(c) else ['no lines']


def unasked(c):
    return ['asked for the cursor'] if b'\x1b[6n' in c.output else []


def no_colours(c):
    return [] if not re.search(r'(^|[ ;])(3[0-8]|4[0-8]|9\d|10\d)', colours(c)) else ['colours ' + colours(c)[:80]]


def few(c):
    return ['256 colours'] if re.search(r'[34]8;', colours(c)) else []


def many(c):
    return [] if re.search(r'[34]8;5', colours(c)) else ['no 256 colours']


def kinds():
    for term in ('xterm-256color', 'screen-256color', 'tmux-256color', 'rxvt-unicode-256color'):
        visit(term, lambda c: glyphs(c) + many(c), term=term)
    for term in ('xterm', 'screen', 'linux', 'rxvt'):
        visit(term, lambda c: glyphs(c) + few(c), term=term)
    for term in ('vt100', 'vt220', 'ansi'):
        visit(term + ': ASCII, nothing asked', lambda c: no_glyphs(c) + unasked(c), term=term)
    c = Console(command, term='dumb', LC_ALL='C.UTF-8')
    c.until(rb'Home')
    tap.ok(b'Home' in c.output and b'\x1b' not in c.output, 'TERM=dumb gets the linear mode, without one escape', c.output)
    c.close()
    for term, says in (('nonsense', 'unknown'), ('', 'TERM')):
        c = Console(command, term=term, LC_ALL='C.UTF-8')
        c.wait()
        c.read(0.1)
        tap.ok(c.status and os.WIFEXITED(c.status) and says in text(c) and b'\x1b' not in c.output and not c.settings_differ(),
               'TERM=%s is refused in words' % term, c.output)
        c.close()


def ladder():
    visit('NO_COLOR: no colours', lambda c: no_colours(c) + glyphs(c), NO_COLOR='1')
    visit('NO_COLOR empty means nothing', many, NO_COLOR='')
    visit('a locale that is not UTF-8: ASCII', lambda c: no_glyphs(c) + unasked(c), LC_ALL='', LC_CTYPE='', LANG='ru_RU.KOI8-R')
    visit('LC_ALL=C: ASCII', no_glyphs, LC_ALL='C')
    visit('truecolor is taken up', many, COLORTERM='truecolor')
    visit('truecolor is nothing for 8 colours', few, COLORTERM='truecolor', term='xterm')


def widths():
    visit('a terminal that takes them narrow', glyphs, answer=NARROW)
    visit('one that takes them wide: ASCII lines', lambda c: [] if '[2J' in str(c.output[200:]) and '---' in text(c) and no_lines_later(c) else
          ['not painted in ASCII'], answer=WIDE)
    visit('one that takes only lines wide', lambda c: [] if no_lines_later(c) else ['lines'], answer=[NARROW[0], NARROW[0], WIDE[0]])
    visit('one that never answers', glyphs)
    visit('one that answers half', glyphs, answer=[WIDE[0], b'', b''])
    visit('one that answers nonsense', glyphs, answer=[b'\x1b[7;3R', b'\x1b[;R', b'\x1b[2;999999R'])
    visit('DOMOVOI_AMBIGUOUS=narrow', lambda c: glyphs(c) + unasked(c), answer=WIDE, DOMOVOI_AMBIGUOUS='narrow')
    visit('DOMOVOI_AMBIGUOUS=wide', lambda c: no_glyphs(c) + unasked(c), answer=NARROW, DOMOVOI_AMBIGUOUS='wide')
    visit('keys around the answers are kept', lambda c: ['taken as a key'] if 'not a key' in text(c) else [], keys=(),
          answer=[b'g\x1b[2;2R', b'\x1b[2;2Rp\x1b[2;2R', b''])
    visit('a late answer is no key', lambda c: ['taken as a key'] if 'not a key' in text(c) else [],
          keys=(b'\x1b[2;3R\x1b[2;3R', b'gp', b'\x1b[2;3R'))
    first = Console(command, LC_ALL='C.UTF-8')
    first.until(rb'quit')
    first.quiet()
    asked = bytes(first.output).find(b'\x1b[6n')
    tap.ok(asked > bytes(first.output).find(b'quit') > 0, 'asked only after the first paint')
    first.close()


def no_lines_later(c):
    """After the last full repaint."""
    return '─' not in bytes(c.output).rpartition(b'\x1b[H\x1b[2J')[2].decode('utf-8', 'replace')


def mouse():
    click = b'\x1b[<0;20;8M\x1b[<0;20;8m\x1b[M !!\x1b[<65;20;8M'
    visit('mouse bytes without the mouse are nothing', lambda c: ['reacted'] if re.search('not a key|mouse on', text(c)) or b'[?1000h' in c.output else [],
          keys=(click, b'gp', click))
    visit('M-m asks for clicks, and again not', lambda c: [] if c.output.count(b'\x1b[?1000h') == 1 and b'1002' not in c.output and
          'Shift-drag' in text(c) and 'mouse off' in text(c) else ['not so'], keys=(b'\x1bm', b'gp', b'\x1bm'))
    visit('leaving with the mouse on', keys=(b'\x1bm', b'\x1b[<0;22;1M'), columns=160)
    c = Console(command, LC_ALL='C.UTF-8')
    c.until(rb'ONLINE')
    c.send(b'\x1bm')
    c.quiet()
    c.kill(signal.SIGKILL)
    c.wait()
    c.quiet(0.2)
    tap.ok(not c.screen.insane() and not c.settings_differ(), 'kill -9 with the mouse on', c.screen.insane())
    c.close()


def sizes():
    c = Console(command, LC_ALL='C.UTF-8')
    c.until(rb'ONLINE')
    for rows, columns in [(1, 1), (1, 80), (24, 1), (2, 2), (23, 79), (3, 500), (200, 3), (24, 80)]:
        c.resize(rows, columns)
        c.send(b'jgp')
        c.quiet(0.1)
    mark = len(c.screen.text)
    for i in range(200):
        c.resize(1 + i * 7 % 60, 1 + i * 13 % 200)
        c.read()
    c.resize(24, 80)
    c.quiet()
    c.send(b'gs')
    tap.ok(c.until(rb'Top 5', 20, mark) and c.alive(), 'any size, and a storm of them')
    c.close()
    c = Console(command, rows=1, columns=1, LC_ALL='C.UTF-8')
    c.quiet(0.5, 3)
    c.send(b'q')
    tap.ok(c.wait(10) and c.status == 0 and not c.screen.insane(), 'starts at 1x1, and q leaves')
    c.close()


def shell(name, options):
    """Under a shell with jobs: C-z, fg, and kill -9 while stopped and while running."""
    c = Console(['bash', '--norc', '--noprofile'] + options + ['-i'], LC_ALL='C.UTF-8', PS1='READY> ', HISTFILE='/dev/null')
    c.until(rb'READY> ')
    line = ' '.join(shlex.quote(w) for w in command).encode()
    steps = []

    def step(what, passed):
        steps.append((what, bool(passed)))

    def run():
        mark = len(c.screen.text)
        c.send(line + b'\r')
        step('online', c.until(rb'ONLINE', 60, mark))
        c.quiet(0.3)

    def prompt(mark):
        return c.until(rb'READY> $', 20, mark)

    def sane():
        c.quiet(0.2)
        return [m for m in c.screen.insane() if m != 'mode ?2004']

    run()
    c.send(b'\x1bm')
    c.quiet()
    mark = len(c.screen.text)
    c.send(b'\x1a')
    step('stopped', prompt(mark) and not sane())
    mark = len(c.screen.text)
    c.send(b'fg\r')
    step('painted again', c.until(rb'DOMOVOI', 20, mark) and c.until(rb'Enter', 20, mark))
    c.quiet()
    step('modes again', {'?1049', '?2004', '?1000'} <= c.screen.modes)
    mark = len(c.screen.text)
    c.send(b'\x1a')
    step('stopped again', prompt(mark))
    c.quiet()
    mark, bytes_before = len(c.screen.text), len(c.output)
    c.send(b'kill -9 %1; echo GO""NE\r')
    step('killed while stopped', c.until(rb'GONE', 20, mark) and not sane())
    step('and then nothing is restored', b'\x1b[?1049l' not in c.output[bytes_before:])
    run()
    mark = len(c.screen.text)
    child = [int(p) for p in open('/proc/%d/task/%d/children' % (c.pid, c.pid)).read().split()]
    os.kill(child[-1], signal.SIGKILL)
    step('killed while running', c.until(rb'Killed', 20, mark) and not sane())
    mark = len(c.screen.text)
    c.send(b'stty -a | tr ";" "\\n" | grep -c " icanon"; echo E""ND\r')
    step('a shell as before', c.until(rb'1\s+END', 20, mark))
    tap.ok(all(s for _, s in steps), name, [w for w, s in steps if not s], text(c)[-600:], c.screen.insane())
    c.close()


kinds()
ladder()
widths()
mouse()
sizes()
shell('suspended and killed under a shell', ['--noediting'])
shell('the same under one with line editing', [])
tap.done()
