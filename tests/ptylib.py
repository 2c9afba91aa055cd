"""A program in a pseudo terminal, and what its bytes make of a terminal. For the suites kills, hostile, monkey, ladder."""
import codecs, errno, fcntl, functools, os, random, re, select, signal, struct, sys, termios, time, unicodedata


RUN = re.compile(rb'([^\x00-\x1f\x7f]+)|\x1b\[([^\x1b\x40-\x7e]*[\x40-\x7e])') # letters, or a whole CSI: what there is most of


@functools.lru_cache(None)
def parts_of(s):
    """The letter of a CSI, what is before it, and of what kind it is: without its numbers."""
    final, body = chr(s[-1]), s[:-1].decode('latin1')
    return final, body, re.sub(r'\d+', 'n', body) + final


class Screen:
    """The modes of a terminal that reads a byte stream, and every sequence that was in it."""

    def __init__(self):
        self.state, self.part = 'ground', b''
        self.modes, self.sgr, self.g0, self.region = set(), set(), 'B', False
        self.hidden, self.rows = False, ROWS
        self.csi, self.escapes, self.strings, self.controls = {}, {}, [], {}
        self.text = bytearray()

    def feed(self, data):
        at = 0
        while at < len(data):
            run = RUN.match(data, at) if self.state == 'ground' else None
            if not run:
                self.byte(data[at])
                at += 1
                continue
            at = run.end()
            if run[1]:
                self.text += run[1]
            else:
                self.sequence(run[2])

    def byte(self, b):
        if self.state in ('osc', 'dcs'):
            if b == 7 and self.state == 'osc':
                self.end_string(b'')
            elif b == 0x1b:
                self.state += '-esc'
            else:
                self.part += bytes([b])
            return
        if self.state in ('osc-esc', 'dcs-esc'):
            self.end_string(b'')
            if b == 0x5c:
                return
            self.state = 'esc'
        if b == 0x1b:
            self.state, self.part = 'esc', b''
        elif self.state == 'ground':
            if b < 0x20 or b == 0x7f:
                self.controls[b] = self.controls.get(b, 0) + 1
                self.text += b'\n'
            else:
                self.text.append(b)
        elif self.state == 'esc':
            self.escape(b)
        elif self.state == 'esc-more':
            self.escapes[self.part + bytes([b])] = True
            if self.part == b'(':
                self.g0 = chr(b)
            self.state = 'ground'
        elif self.state == 'csi':
            self.part += bytes([b])
            if 0x40 <= b <= 0x7e:
                self.state = 'ground'
                self.sequence(self.part)

    def escape(self, b):
        self.part = b''
        if b == 0x5b:
            self.state = 'csi'
        elif b == 0x5d:
            self.state = 'osc'
        elif b in b'PX^_':
            self.state = 'dcs'
            self.part = bytes([b])
        elif b in b'()*+%#':
            self.state, self.part = 'esc-more', bytes([b])
        else:
            self.escapes[bytes([b])] = True
            self.state = 'ground'

    def end_string(self, rest):
        self.strings.append((self.state[:3], bytes(self.part)))
        self.state = 'ground'

    def sequence(self, s):
        final, body, kind = parts_of(s)
        if final in 'hl':
            kind = s.decode('latin1')
            for n in re.findall(r'\d+', body):
                mode = ('?' if body.startswith('?') else '') + n
                if mode == '?25':
                    self.hidden = final == 'l'
                elif final == 'h':
                    self.modes.add(mode)
                else:
                    self.modes.discard(mode)
        self.csi[kind] = self.csi.get(kind, 0) + 1
        if final == 'm' and body[:1] not in ('>', '?'):
            self.attributes(body)
        elif final == 'r' and body[:1] != '?':
            top, _, bottom = body.partition(';')
            self.region = int(top or 1) > 1 or int(bottom or self.rows) < self.rows

    def attributes(self, body):
        numbers = [int(n or 0) for n in body.split(';')]
        while numbers:
            n = numbers.pop(0)
            if n in (38, 48):
                del numbers[:{5: 2, 2: 4}.get(numbers[0] if numbers else 0, 0)]
            if n == 0:
                self.sgr.clear()
            elif n in (39, 49):
                self.sgr.discard({39: 'fg', 49: 'bg'}[n])
            elif 30 <= n <= 38 or 90 <= n <= 97:
                self.sgr.add('fg')
            elif 40 <= n <= 48 or 100 <= n <= 107:
                self.sgr.add('bg')
            elif n == 10: # the ordinary font
                pass
            elif n in (22, 24, 27):
                self.sgr -= {22: {1, 2}, 24: {4}, 27: {7}}[n]
            else:
                self.sgr.add(n)

    def insane(self):
        """What a shell would suffer from; empty = nothing."""
        left = self.modes & {'?1049', '?47', '?2004', '?1000', '?1002', '?1003', '?1005', '?1006', '?1015', '?1', '4'}
        found = ['mode ' + m for m in sorted(left)] + ['attribute %s' % a for a in self.sgr]
        if self.hidden:
            found.append('cursor hidden')
        if self.region:
            found.append('scroll region')
        if self.g0 != 'B':
            found.append('line drawing')
        if self.state != 'ground':
            found.append('in the middle of ' + self.state)
        return found


ROWS, COLUMNS = 24, 80


class Cells:
    """What stands on the terminal: letters without their looks, for what ncurses sends to an xterm."""
    SEQUENCE = re.compile(r'\x1b(?:\[([0-9;?<>=]*)([@-~])|[()*+%#].|[PX^_\]].*?(?:\x07|\x1b\\)|[^\[()*+%#PX^_\]])', re.S)

    def __init__(self):
        self.rows = [[' '] * COLUMNS for _ in range(ROWS)]
        self.y = self.x = self.top = 0
        self.bottom, self.last, self.rest = ROWS - 1, ' ', ''
        self.decoder = codecs.getincrementaldecoder('utf-8')('replace')

    def __str__(self):
        return '\n'.join(''.join(r).rstrip() for r in self.rows)

    def feed(self, data):
        text, self.rest, at = self.rest + self.decoder.decode(data), '', 0
        while at < len(text):
            if text[at] != '\x1b':
                self.letter(text[at])
                at += 1
                continue
            m = self.SEQUENCE.match(text, at)
            if not m:
                self.rest = text[at:]
                break
            if m.group(2) and m.group(1)[:1] not in tuple('?<>='):
                self.control(m.group(2), [int(n or 0) for n in m.group(1).split(';')])
            elif m.group() == '\x1bM':
                self.reverse()
            at = m.end()

    def letter(self, c):
        if c == '\r':
            self.x = 0
        elif c == '\b':
            self.x = max(0, self.x - 1)
        elif c == '\n':
            self.line_feed()
        elif c >= ' ' and not unicodedata.combining(c):
            wide = unicodedata.east_asian_width(c) in 'WF'
            if self.x + wide >= COLUMNS:
                self.x = 0
                self.line_feed()
            self.rows[self.y][self.x] = self.last = c
            if wide:
                self.rows[self.y][self.x + 1] = ''
            self.x += 1 + wide

    def line_feed(self):
        if self.y == self.bottom:
            self.shift(self.top, -1)
        self.y = min(self.y + (self.y != self.bottom), ROWS - 1)

    def reverse(self):
        if self.y == self.top:
            self.shift(self.top, 1)
        self.y = max(self.y - (self.y != self.top), 0)

    def shift(self, top, n):
        """The lines from `top` to the end of the region go down by n, or up."""
        part, empty = self.rows[top:self.bottom + 1], [[' '] * COLUMNS for _ in range(abs(n))]
        moved = empty + part[:len(part) - n] if n > 0 else part[-n:] + empty
        self.rows[top:self.bottom + 1] = moved[:len(part)]

    def control(self, what, numbers):
        n, row = numbers[0] or 1, self.rows[self.y]
        column = min(self.x, COLUMNS - 1)
        if what in 'Hf':
            self.y, self.x = n - 1, (numbers[1] or 1) - 1 if len(numbers) > 1 else 0
        elif what in 'ABCDGd`':
            self.y += {'A': -n, 'B': n, 'd': n - 1 - self.y}.get(what, 0)
            self.x += {'C': n, 'D': -n, 'G': n - 1 - self.x, '`': n - 1 - self.x}.get(what, 0)
        elif what == 'J':
            for y in {0: range(self.y + 1, ROWS), 1: range(self.y)}.get(numbers[0], range(ROWS)):
                self.rows[y] = [' '] * COLUMNS
            self.control('K', numbers)
        elif what == 'K':
            a, b = {0: (column, COLUMNS), 1: (0, column + 1)}.get(numbers[0], (0, COLUMNS))
            row[a:b] = [' '] * (b - a)
        elif what == 'X':
            row[column:column + n] = [' '] * len(row[column:column + n])
        elif what == 'P':
            self.rows[self.y] = (row[:column] + row[column + n:] + [' '] * n)[:COLUMNS]
        elif what == '@':
            self.rows[self.y] = (row[:column] + [' '] * n + row[column:])[:COLUMNS]
        elif what in 'LM':
            self.shift(self.y, n if what == 'L' else -n)
        elif what in 'ST':
            self.shift(self.top, n if what == 'T' else -n)
        elif what == 'r':
            self.top, self.bottom = n - 1, (numbers[1] if len(numbers) > 1 and numbers[1] else ROWS) - 1
            self.y = self.x = 0
        elif what == 'b':
            for _ in range(n):
                self.letter(self.last)
        self.y, self.x = max(0, min(self.y, ROWS - 1)), max(0, self.x)


class Console:
    """The program on a pty of its own; `cells`: what stands on it is kept, on 80x24. The other end stays open here, to look at the settings after its death."""

    def __init__(self, command, term='xterm-256color', answer=None, rows=ROWS, columns=COLUMNS, setup=None, cells=False, **env):
        self.master, self.slave = os.openpty()
        self.screen, self.output, self.answer, self.status = Screen(), bytearray(), answer, None
        self.cells = Cells() if cells else None
        self.resize(rows, columns)
        if setup:
            setup(self.slave)
        self.before = termios.tcgetattr(self.slave)
        self.born = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.environ.update(TERM=term, **env)
            for name in ('LINES', 'COLUMNS', 'TMUX', 'COLORTERM', 'NO_COLOR'):
                if name not in env:
                    os.environ.pop(name, None)
            os.closerange(3, 64)
            os.execvp(command[0], command)
        os.set_blocking(self.master, False)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.screen.rows, self.screen.region = rows, False # as terminals do

    def read(self, timeout=0.0):
        """Takes what is there, waiting at most so long for the first byte. False: nothing came."""
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError as e:
            if e.errno in (errno.EAGAIN, errno.EIO):
                return False
            raise
        self.output += data
        self.screen.feed(data)
        if self.cells:
            self.cells.feed(data)
        for i in range(data.count(b'\x1b[6n') if self.answer else 0):
            self.send(self.answer[i % len(self.answer)])
        return bool(data)

    def send(self, data):
        while data:
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                self.read(0.01)
                if not self.alive():
                    return

    def until(self, what, seconds=30, since=0):
        """Reads until the regular expression is in the text that came after `since` bytes of it."""
        end = time.monotonic() + seconds
        while not re.search(what, bytes(self.screen.text[since:])):
            if time.monotonic() > end or not self.alive() and not self.read(0.05):
                return False
            self.read(0.05)
        return True

    def shows(self, what, seconds=30):
        """Reads until the regular expression is in the text of the cells."""
        end = time.monotonic() + seconds
        while not re.search(what, str(self.cells)):
            if time.monotonic() > end or not self.alive() and not self.read(0.05):
                return False
            self.read(0.05)
        return True

    def quiet(self, rest=0.15, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(rest):
            pass

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status, self.died = status, time.monotonic()
        return self.status is None

    def wait(self, seconds=20):
        end = time.monotonic() + seconds
        while self.alive() and time.monotonic() < end:
            self.read(0.002)
        return not self.alive()

    def kill(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def settings_differ(self):
        return termios.tcgetattr(self.slave) != self.before

    def cpu(self):
        """Seconds of processor time that it has used."""
        try:
            fields = open('/proc/%d/stat' % self.pid).read().rpartition(')')[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def close(self):
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self.slave)
        os.close(self.master)


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, passed, name, *notes):
        self.n += 1
        self.failed += not passed
        print('%sok %d - %s' % ('' if passed else 'not ', self.n, name))
        for note in notes if not passed else ():
            print('#   ' + str(note).replace('\n', '\n#   '))
        sys.stdout.flush()

    def diag(self, text):
        print('# ' + text)

    def done(self):
        print('1..%d' % self.n)
        sys.exit(1 if self.failed or not self.n else 0)


def seeded(tap):
    seed = int(os.environ.get('TEST_SEED') or time.time())
    tap.diag('TEST_SEED=%d' % seed)
    return random.Random(seed)


FULL = int(os.environ.get('TEST_COUNT') or 1) >= 20 # the full counts, and what only they can show


def count(normal, most):
    """How many: TEST_COUNT scales it, up to the full number."""
    return min(most, normal * int(os.environ.get('TEST_COUNT') or 1))
