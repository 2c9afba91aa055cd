#!/usr/bin/env python3
"""Measure what a person at a terminal feels: time to a usable screen, bytes and milliseconds a key, idle, memory.

  terminal.py NAME [--size 80x24] [--ready REGEX] [--setup KEYS] [--key NAME=KEYS*COUNT]... [--task NAME=KEYS]...
              [--idle SECONDS] [--quit KEYS] -- COMMAND...

KEYS is text with <Down> <Up> <Left> <Right> <PgDn> <PgUp> <Enter> <Esc> <End> <Home>. Prints one JSON object. REGEX is looked
for in the output with escape sequences taken out. A key's time runs from before the write to after the last byte read before the
terminal was quiet for 60 ms. Memory is the proportional set size of the process tree at the end. A task is typed at five keys
a second whatever the screen does (type-ahead) and ends with the last byte seen, over three lines: the local one, 9600 baud
(960 bytes a second), and a round trip of 600 ms; the program behind the line is the real one, the line is a model.
"""
import argparse, fcntl, json, os, pty, re, select, signal, statistics, struct, sys, termios, time

NAMED = {'Down': '\x1b[B', 'Up': '\x1b[A', 'Right': '\x1b[C', 'Left': '\x1b[D', 'PgDn': '\x1b[6~', 'PgUp': '\x1b[5~',
         'Home': '\x1b[H', 'End': '\x1b[F', 'Enter': '\r', 'Esc': '\x1b', 'Space': ' ', 'Tab': '\t'}
ESCAPES = re.compile(rb'\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78McDEH]')
QUIET = 0.06
PACE = 0.2 # seconds a key: a practised typist (KLM's K)
LINES = {'local': (None, 0.0), '9600 baud': (960, 0.0), 'rtt 600 ms': (None, 0.6)}


def encode(keys, application):
    def named(match):
        seq = NAMED.get(match.group(1), match.group(0))
        return seq.replace('\x1b[', '\x1bO') if application and seq[-1] in 'ABCDHF' else seq
    return re.sub(r'<(\w+)>', named, keys).encode()


def tree(pid):
    todo, found = [pid], []
    while todo:
        p = todo.pop()
        found.append(p)
        try:
            for task in os.listdir('/proc/%d/task' % p):
                todo += [int(c) for c in open('/proc/%d/task/%s/children' % (p, task)).read().split()]
        except OSError:
            pass
    return found


def sum_field(pids, path, pattern):
    total = 0
    for p in pids:
        try:
            m = re.search(pattern, open('/proc/%d/%s' % (p, path)).read(), re.M)
            total += int(m.group(1)) if m else 0
        except OSError:
            pass
    return total


class Terminal:
    def __init__(self, command, width, height):
        self.start = time.perf_counter()
        self.output, self.application = b'', False
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM='xterm-256color', LINES='', COLUMNS='')
            del os.environ['LINES'], os.environ['COLUMNS']
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', height, width, 0, 0))
            os.execvp(command[0], command)

    def read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return b''
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return b''
        if b'\x1b[6n' in data:
            os.write(self.fd, b'\x1b[1;1R')
        if b'\x1b[c' in data:
            os.write(self.fd, b'\x1b[?62;22c')
        if b'\x1b[?1h' in data:
            self.application = True
        self.output += data
        return data

    def until(self, regex, seconds):
        end = time.perf_counter() + seconds
        first = None
        while time.perf_counter() < end:
            if self.read(0.2) and first is None:
                first = time.perf_counter()
            if re.search(regex, ESCAPES.sub(b'', self.output)):
                return first, time.perf_counter()
        sys.exit('terminal.py: never ready: %r' % ESCAPES.sub(b'', self.output)[-400:])

    def drain(self):
        while self.read(QUIET):
            pass

    def key(self, keys):
        start, last, count = time.perf_counter(), None, 0
        os.write(self.fd, encode(keys, self.application))
        while True:
            data = self.read(QUIET if last else 1.0)
            if not data:
                return count, (last - start) * 1000 if last else 0
            last, count = time.perf_counter(), count + len(data)


    def task(self, keys, bytes_per_s, rtt):
        """Seconds from the first key until its last effect is seen, and the bytes drawn for it."""
        single = re.findall(r'<\w+>|.', keys)
        start = time.perf_counter()
        free, drawn, sent = start, 0, 0 # the line is busy until `free`
        while True:
            due = start + sent * PACE + rtt / 2
            now = time.perf_counter()
            if sent < len(single) and now >= due:
                os.write(self.fd, encode(single[sent], self.application))
                sent += 1
                continue
            wait = due - now if sent < len(single) else 0.5
            data = self.read(max(wait, 0.001))
            if data:
                drawn += len(data)
                free = max(free, time.perf_counter()) + (len(data) / bytes_per_s if bytes_per_s else 0)
            elif sent == len(single):
                return max(free + rtt / 2 - start, (sent - 1) * PACE), drawn



def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('name')
    parser.add_argument('--size', default='80x24')
    parser.add_argument('--ready', default='.')
    parser.add_argument('--setup', action='append', default=[])
    parser.add_argument('--key', action='append', default=[])
    parser.add_argument('--task', action='append', default=[])
    parser.add_argument('--idle', type=float, default=0)
    parser.add_argument('--quit', default='q')
    own, command = sys.argv[1:], []
    if '--' in own:
        at = own.index('--')
        own, command = own[:at], own[at + 1:]
    args = parser.parse_args(own)
    width, height = map(int, args.size.split('x'))
    result = {'name': args.name, 'size': args.size}

    term = Terminal(command, width, height)
    first, ready = term.until(args.ready.encode(), 60)
    result['first_byte_ms'] = round((first - term.start) * 1000, 1) if first else None
    result['ready_ms'] = round((ready - term.start) * 1000, 1)
    term.drain()
    result['first_paint_bytes'] = len(term.output)
    for setup in args.setup:
        term.key(setup)
        term.drain()
    for spec in args.key:
        name, rest = spec.split('=', 1)
        keys, count = rest.rsplit('*', 1)
        samples = [term.key(keys) for _ in range(int(count))]
        sizes, times = sorted(s[0] for s in samples), sorted(s[1] for s in samples)
        p95 = max(0, int(len(samples) * 0.95) - 1)
        result[name] = {'bytes_p50': int(statistics.median(sizes)), 'bytes_p95': sizes[p95],
                        'ms_p50': round(statistics.median(times), 2), 'ms_p95': round(times[p95], 2)}
    for spec in args.task:
        name, keys = spec.split('=', 1)
        result[name] = {'keys': len(re.findall(r'<\w+>|.', keys))}
        for line, (rate, rtt) in LINES.items():
            seconds, drawn = term.task(keys, rate, rtt)
            result[name][line] = {'s': round(seconds, 2), 'bytes': drawn}
            term.drain()
    pids = tree(term.pid)
    result['pss_kb'] = sum_field(pids, 'smaps_rollup', r'^Pss:\s+(\d+)')
    if args.idle:
        settled = time.perf_counter() + 3 # what was asked before arrives first
        while time.perf_counter() < settled:
            term.read(settled - time.perf_counter())
        switches = r'^voluntary_ctxt_switches:\s+(\d+)'
        before, size = sum_field(pids, 'status', switches), len(term.output)
        end = time.perf_counter() + args.idle
        while time.perf_counter() < end:
            term.read(end - time.perf_counter())
        result['idle_wakeups_per_s'] = round((sum_field(pids, 'status', switches) - before) / args.idle, 2)
        result['idle_bytes_per_s'] = round((len(term.output) - size) / args.idle, 1)
    os.write(term.fd, encode(args.quit, term.application))
    end = time.perf_counter() + 2
    while time.perf_counter() < end and os.waitpid(term.pid, os.WNOHANG)[0] == 0:
        term.read(0.05)
    else:
        try:
            os.kill(term.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    print(json.dumps(result))


main()
