"""A person's machine at an API: consoles and commands that remember who signed in. For rest_life and api_failover."""
import atexit, os, shutil, subprocess, tempfile
from apilib import PASSWORD
from ptylib import Console


class Seat:
    """Somebody's machine: what the program remembers there, on disk and in memory."""

    def __init__(self, work, url, *options):
        self.home, self.url, self.options = work, url, list(options)
        memory = tempfile.mkdtemp(prefix='domovoi-seat.', dir='/dev/shm') # of a kind that is gone after a restart
        atexit.register(shutil.rmtree, memory, ignore_errors=True)
        self.env = dict(HOME=self.home, XDG_STATE_HOME=self.home + '/state', XDG_CONFIG_HOME=self.home + '/config', XDG_RUNTIME_DIR=memory)

    def words(self, words):
        """url None: as its profile says."""
        return [os.environ['DOMOVOI'], '--lang', 'en'] + (['--url', self.url] if self.url else []) + self.options + list(words)

    def at(self, *words):
        """At a terminal."""
        return Console(self.words(words), cells=True, **self.env)

    def run(self, *words, typed=''):
        """In a pipe."""
        r = subprocess.run(self.words(words), input=typed.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                           env=dict(os.environ, **self.env))
        return r.returncode, r.stdout.decode(), r.stderr.decode()


def sign_in(c, login, password=PASSWORD):
    """At the console, which asks."""
    c.shows(r'─ Sign in: ')
    c.send(login.encode() + b'\t' + password.encode() + b'\r')
