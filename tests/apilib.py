"""A domovoid of one's own over a database of tests/run, and callers of it. For the suites api_*.

  with Api(admin_dsn, work, program) as api:
      me = api.sign_in('head_1')
      me.get('/api/v1/units?limit=5').json['items']
"""
import base64, hashlib, hmac, http.client, json, multiprocessing, os, re, signal, socket, ssl, subprocess, threading, time, uuid

PASSWORD = 'correct horse battery'


def sql(dsn, text, **variables):
    """Rows of a statement, as lists of text; the DSN's user is usually a superuser."""
    words = ['psql', '-XqAt', '-F', '\x1f', '-R', '\x1e', '-v', 'ON_ERROR_STOP=1']
    for name, value in variables.items():
        words += ['-v', '%s=%s' % (name, value)]
    out = subprocess.run(words + [dsn], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if out.returncode:
        raise RuntimeError(out.stderr.decode())
    rows = out.stdout.decode().rstrip('\n')
    return [r.split('\x1f') for r in rows.split('\x1e')] if rows else []


def one(dsn, text, **variables):
    return sql(dsn, text, **variables)[0][0]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def code(self):
        """Of a problem; '' when it is none."""
        return self.json.get('code', '') if 'problem+json' in self.headers.get('content-type', '') else ''


class Caller:
    """One connection, kept; a person or nobody. Not for several threads at once."""

    def __init__(self, api, token=None, source=None, port=None, timeout=60):
        self.api, self.token, self.source, self.port, self.connection = api, token, source, port or api.port, None
        self.timeout = timeout
        self.refresh = self.session = None
        self.headers = {}

    def connect(self):
        kind, more = (http.client.HTTPSConnection, {'context': self.api.trust}) if self.api.trust and self.port == self.api.port else \
            (http.client.HTTPConnection, {})
        self.connection = kind('127.0.0.1', self.port, timeout=self.timeout, source_address=(self.source, 0) if self.source else None, **more)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, **headers):
        """Header names with _ for -. A body is JSON unless it is bytes. Once more on a connection that was kept too long."""
        h = dict(self.headers)
        if self.token:
            h['Authorization'] = 'Bearer ' + self.token
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            h['Content-Type'] = 'application/json'
        elif method in ('POST', 'PUT', 'PATCH'):
            data = b''
        h.update((k.replace('_', '-'), v) for k, v in headers.items() if v is not None)
        for attempt in (0, 1):
            kept = self.connection is not None
            if not kept:
                self.connect()
            try:
                self.connection.request(method, path, data, h)
                r = self.connection.getresponse()
                answer = Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
                if r.will_close:
                    self.close()
                return answer
            except (http.client.HTTPException, OSError):
                self.close()
                if not kept or attempt:
                    raise

    def get(self, path, **headers):
        return self.ask('GET', path, **headers)

    def post(self, path, body=None, key=True, **headers):
        """key: True = a new Idempotency-Key, a text = that one, None = none."""
        return self.ask('POST', path, body, Idempotency_Key=str(uuid.uuid4()) if key is True else key, **headers)

    def patch(self, path, body, version='*', **headers):
        return self.ask('PATCH', path, body, If_Match=version, Idempotency_Key=str(uuid.uuid4()), **headers)


class Api:
    """domovoid on a free port of 127.0.0.1. Settings over those below are given as words."""

    def __init__(self, admin, work, program=None, dsn=None, now='2026-06-16T09:00:00+05:00', env=None, **settings):
        self.admin, self.work = admin, work
        self.program = program or os.path.join(os.environ['BUILD'], 'domovoid')
        self.env = dict(os.environ, **(env or {}))
        self.log = os.path.join(work, 'domovoid.log')
        self.pepper = os.urandom(32)
        self.dsn = dsn or re.sub(r'user=\S+', 'user=t_domovoid', admin)
        os.makedirs(work, 0o700, exist_ok=True)
        self.settings = dict(listen='127.0.0.1:0', dsn=self.dsn, jwt_keys=self.secret('jwt.keys', 'k1 '), now=now,
                             pepper=self.secret('pepper.key', '', self.pepper), log=self.log)
        self.settings.update((k, str(v)) for k, v in settings.items())
        self.process, self.port, self.metrics_port = None, None, None
        self.trust = None # of a server with a certificate: the ssl.SSLContext that knows it

    def secret(self, name, before, raw=None):
        path = os.path.join(self.work, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
            f.write(before + base64.b64encode(raw or os.urandom(32)).decode() + '\n')
        return path

    def certify(self):
        """A certificate of its own for localhost."""
        cert, key = (os.path.join(self.work, n) for n in ('tls.crt', 'tls.key'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                        '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert],
                       check=True, stderr=subprocess.DEVNULL)
        os.chmod(key, 0o600)
        self.settings.update(tls_cert=cert, tls_key=key)
        self.trust = ssl.create_default_context(cafile=cert)

    def prepare(self):
        """The server's login, and one password for everybody."""
        import crypt, warnings
        warnings.simplefilter('ignore')
        sql(self.admin, '''do $$ begin
              if not exists (select from pg_roles where rolname = 't_domovoid') then create role t_domovoid login noinherit; end if;
              grant domovoi_platform, domovoi_company, domovoi_own, domovoi_assigned, domovoi_landlord, domovoi_api to t_domovoid;
              alter role t_domovoid set role = domovoi_api;
            end $$;
            insert into domovoi.api_role values ('t_domovoid', false) on conflict do nothing;''')
        mac = base64.b64encode(hmac.new(self.pepper, PASSWORD.encode(), hashlib.sha256).digest()).decode()
        self.hash = crypt.crypt(mac, '$2b$12$' + 'abcdefghijklmnopqrstuu')
        sql(self.admin, '''insert into domovoi.user_password (user_id, hash, must_change, changed_at)
            select id, :'hash', false, domovoi.now() from domovoi.app_user on conflict (user_id) do update set hash = excluded.hash,
            must_change = false;''', hash=self.hash)

    def start(self):
        with open(os.path.join(self.work, 'domovoid.conf'), 'w') as f:
            f.writelines('%s = %s\n' % s for s in self.settings.items())
        since = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.errors = open(os.path.join(self.work, 'domovoid.err'), 'ab')
        self.process = subprocess.Popen([self.program, '--config', f.name], stderr=self.errors, stdin=subprocess.DEVNULL, env=self.env)
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            for e in self.events(since):
                if e.get('event') == 'listening':
                    self.port = int(e['url'].rpartition(':')[2])
                if e.get('event') == 'metrics':
                    self.metrics_port = int(e['url'].rpartition(':')[2])
            if self.port and (self.metrics_port or 'metrics_listen' not in self.settings):
                return self
            time.sleep(0.02)
        raise RuntimeError('domovoid does not start: ' + self.said())

    def events(self, since=0):
        if not os.path.exists(self.log):
            return []
        with open(self.log, 'rb') as f:
            f.seek(since)
            return [json.loads(line) for line in f.read().split(b'\n')[:-1] if line]

    def said(self):
        """What it wrote to standard error: reports of a sanitizer, or why it does not start."""
        self.errors.flush()
        with open(self.errors.name, 'rb') as f:
            return f.read().decode('utf-8', 'replace')

    def stop(self, number=signal.SIGTERM, seconds=60):
        """The exit status; None if it had to be killed."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.process = self.port = self.metrics_port = None
        return status

    def __enter__(self):
        self.prepare()
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def caller(self, **more):
        return Caller(self, **more)

    def sign_in(self, login, source=None, password=PASSWORD):
        c = Caller(self, source=source)
        r = c.post('/api/v1/auth/login', {'login': login, 'password': password}, key=None)
        if r.status != 200:
            raise RuntimeError('login %s: %d %s' % (login, r.status, r.body[:500]))
        c.token, c.refresh, c.session = r.json['access_token'], r.json['refresh_token'], r.json['session']
        return c

    def status(self, name):
        """A number of /proc/PID/status: kB, mostly."""
        return status_of(self.process.pid, name)

    def memory(self):
        """Resident kB."""
        return self.status('VmRSS')

    def forget_peak(self):
        """VmHWM begins anew."""
        with open('/proc/%d/clear_refs' % self.process.pid, 'w') as f:
            f.write('5')

    def sockets(self):
        n = 0
        for fd in os.listdir('/proc/%d/fd' % self.process.pid):
            try:
                n += os.readlink('/proc/%d/fd/%s' % (self.process.pid, fd)).startswith('socket:')
            except OSError: # closed meanwhile
                pass
        return n

    def alive(self):
        return self.process is not None and self.process.poll() is None


class Elsewhere:
    """Callers in processes of their own, so that only the server's time counts: fn(caller, turn) again and again until stop."""

    def __init__(self, api, token, fn, n=1, turns=None, pause=0.0):
        self.queue, self.over = multiprocessing.Queue(), multiprocessing.Event()
        self.all = [multiprocessing.Process(target=self.work, args=(api.port, token, fn, i, turns, pause)) for i in range(n)]
        for p in self.all:
            p.start()

    def work(self, port, token, fn, number, turns, pause):
        class There:
            trust = None
        There.port = port
        who, times, turn = Caller(There, token=token, source='127.0.9.%d' % (number + 1)), [], 0
        while not self.over.is_set() and (turns is None or turn < turns):
            begun = time.monotonic()
            try:
                status = fn(who, turn)
            except Exception as e:
                status = repr(e)
            times.append((time.monotonic() - begun, status))
            turn += 1
            time.sleep(pause)
        self.queue.put(times)

    def end(self, at_once=True):
        """(seconds, status) of each turn."""
        if at_once:
            self.over.set()
        done = [t for _ in self.all for t in self.queue.get()]
        for p in self.all:
            p.join()
        return done


def status_of(pid, name):
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(name + r':\s+(\d+)', f.read()).group(1))


def at_once(functions):
    """Runs all in threads of their own; what they returned, exceptions included."""
    results = [None] * len(functions)

    def run(i, fn):
        try:
            results[i] = fn()
        except Exception as e: # the caller looks at it
            results[i] = e
    threads = [threading.Thread(target=run, args=(i, fn)) for i, fn in enumerate(functions)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * q))] if values else float('nan')
