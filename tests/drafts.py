"""TAP: forms in a real terminal. drafts.py DOMOVOI DSN DIR [ADMIN_DSN]"""
import fcntl, json, os, pty, random, re, select, signal, struct, subprocess, sys, termios, time

DOMOVOI, DSN, DIR, ADMIN = sys.argv[1:5]
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z@`]|\x1b[()][A-Z0-9]|\x1b[=>78]|\x1b\][^\x07]*\x07|[\x0e\x0f]")
results = []
rng = random.Random(int(os.environ.get("TEST_SEED", "1")))


def ok(good, name, *more):
    results.append(bool(good))
    print("%sok %d - %s" % ("" if good else "not ", len(results), name), flush=True)
    if not good:
        for m in more:
            print("\n".join("# " + line for line in str(m).splitlines()), flush=True)


class Console:
    """The program on a terminal of its own; `home` is where it keeps what it remembers."""

    def __init__(self, home):
        self.home, self.seen = home, b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = dict(os.environ, TERM="xterm-256color", XDG_STATE_HOME=home, LANG="C.UTF-8")
            os.execve(DOMOVOI, [DOMOVOI, "--dsn", DSN, "--lang", "en"], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def read(self, seconds):
        """What comes until nothing has for so long."""
        got = b""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                more = os.read(self.fd, 65536)
            except OSError:
                break
            if not more:
                break
            got += more
        self.seen += got
        return got

    def text(self):
        return " ".join(ESCAPES.sub(b" ", self.seen).decode("utf-8", "replace").split())

    def expect(self, words, seconds=20):
        """Wait for words on the screen; with a full repaint now and then, so that they come in one piece."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(0.1)
            if re.search(words, self.text()):
                return True
            self.keys("\x0c")
        return False

    def keys(self, keys):
        os.write(self.fd, keys.encode())

    def press(self, keys, words, name):
        self.seen = b""
        self.keys(keys)
        ok(self.expect(words), name, self.text()[-1500:])

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def form(self):
        """The list of units, the first, its form with the cursor in an empty title."""
        self.expect("ONLINE")
        self.press(":un\r", "Title", "the units")
        self.press("e", r"base v\d+", "the form of a unit")


def drafts(home):
    found = []
    for at, _, names in os.walk(home):
        found += [os.path.join(at, n) for n in names if n.startswith("draft") and n.endswith(".json")]
    return found


def typed(home, field):
    """The value of a field as the draft on disk has it; None without one."""
    for path in drafts(home):
        try:
            with open(path) as f:
                value = json.load(f)["fields"].get(field)
        except (OSError, ValueError):
            return "damaged"
        if value is not None:
            return value["text"]
    return None


def kill_while_typing(round_no):
    home = os.path.join(DIR, "kill%d" % round_no)
    c = Console(home)
    c.form()
    c.keys("\t\x15")
    stamps, text, end = [], "", time.monotonic() + 1.2 + rng.random() * 1.5
    while time.monotonic() < end:
        letter = rng.choice("abcdefghij")
        c.keys(letter)
        text += letter
        stamps.append(time.monotonic())
        c.read(0.04)
    now = time.monotonic()
    c.kill()
    kept = typed(home, "title")
    safe = sum(1 for t in stamps if t < now - 1.0)
    ok(kept is not None and text.startswith(kept) and len(kept) >= safe,
       "kill -9 in the middle of typing loses at most a second (round %d)" % round_no,
       "typed %r" % text, "kept %r" % kept, "of which %d are older than a second" % safe)
    return home, kept


def found_again(home, kept):
    c = Console(home)
    ok(c.expect("1 draft of .* was found"), "the next start says that there is a draft", c.text()[-2000:])
    c.press(":un\r", "Title", "the units again")
    c.press("e", "A draft of .* was found", "the form asks about it")
    c.press("\r", re.escape(kept[:12]) + "|" + re.escape(kept[-12:]), "Enter goes on with it") # a long text is seen in part
    c.press("\x1b[24~", "thrown away", "F12 asks before it is thrown away")
    c.press("\r", "Units", "and Enter discards it")
    ok(drafts(home) == [], "then nothing is left of it", drafts(home))
    c.kill()


def bytes_per_key():
    home = os.path.join(DIR, "bytes")
    c = Console(home)
    c.form()
    c.keys("\t\x15")
    for letter in "warm up":
        c.keys(letter)
        c.read(0.1)
    c.read(1.2)
    sizes = []
    for letter in "twenty more letters":
        c.keys(letter)
        sizes.append(len(c.read(0.05))) # a fast typist: the header's own news wait until the keys rest
    ok(max(sizes) <= 10, "a letter typed into a field costs at most 10 bytes", sizes)
    c.keys("\x1b")
    c.kill()


def pasted():
    c = Console(os.path.join(DIR, "paste"))
    c.form()
    c.keys("\t\x15\x1b[200~two\nlines q\x1b[201~!")
    c.press("\x0c", r"Title[ .*]+\[ ?two lines q!", "pasted text stays in its field, its line ends submit nothing")
    c.kill()


def run(*args):
    return subprocess.run([DOMOVOI, "--dsn", DSN, *args], capture_output=True, text=True, check=False)


def first_unit(column):
    out = run("list", "units", "--limit", "1", "--columns", column, "--format", "tsv").stdout.split("\n")
    return out[1] if len(out) > 1 else ""


def somebody_was_first():
    home = os.path.join(DIR, "merge")
    code = first_unit("code")
    c = Console(home)
    c.form()
    c.keys("\t" * 7 + "\x15" + "17\t" + "\x15" + "9\t") # floor, rooms
    c.read(0.3)
    done = run("edit", "units", code, "floor=12", "capacity=7")
    ok(done.returncode == 0, "a colleague changes the same unit", done.stderr)
    c.press("\x1b[12~", "Theirs.*12", "saving shows what both have changed")
    c.press("t", "theirs", "one chooses")
    c.press("\x1b[12~", "saved", "and saves")
    got = [first_unit(x) for x in ("floor", "rooms", "capacity")]
    ok(got == ["12", "9", "7"], "theirs as chosen, mine and what only they changed as well", got)
    ok(drafts(home) == [], "no draft is left", drafts(home))
    c.kill()


def connection_lost():
    home = os.path.join(DIR, "lost")
    c = Console(home)
    c.form()
    c.keys("\t\x15")
    for letter in "before ":
        c.keys(letter)
    c.read(0.3)
    subprocess.run(["psql", "-Xq", ADMIN, "-c", "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where usename = 'head_1'"], capture_output=True, check=False)
    for letter in "and after":
        c.keys(letter)
    c.press("\x0c", "before and after", "a lost connection takes nothing from the form")
    c.press("\x1b[12~", "before and after: saved|saved", "and it is saved once it is back")
    ok(first_unit("title").strip('"') != "" and "before and after" in run("list", "units", "--columns", "title").stdout,
       "the database has it")
    c.kill()


for n in range(3):
    home, kept = kill_while_typing(n)
if kept:
    found_again(home, kept)
bytes_per_key()
pasted()
somebody_was_first()
if ADMIN:
    connection_lost()
print("1..%d" % len(results))
sys.exit(0 if all(results) else 1)
