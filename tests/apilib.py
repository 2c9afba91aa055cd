"""The API as a program sees it, and TAP: for the suites api_*.py."""
import base64, hashlib, hmac, http.client, json, struct, subprocess, sys, time, warnings
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    import crypt

_n = _failed = 0

def ok(good, name, *why):
    global _n, _failed
    _n += 1
    print(f"{'ok' if good else 'not ok'} {_n} - {name}", flush=True)
    if not good:
        _failed += 1
        for w in why:
            print('#   ' + str(w)[:600].replace('\n', '\n#   '))
    return bool(good)

def eq(got, want, name):
    return ok(got == want, name, f'got:  {got!r}', f'want: {want!r}')

def done():
    print(f'1..{_n}')
    sys.exit(_failed > 0)

class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        try:
            self.json = json.loads(text) if text else {}
        except ValueError:
            self.json = {}
        self.code = self.json.get('code') if isinstance(self.json, dict) else None
        self.said = f'{status} {self.code}' if self.code else str(status)
    def __getitem__(self, k): return self.json[k]
    def __repr__(self): return f'{self.status} {self.text[:300]}'

def ask(url, method, path, body=None, token=None, address=None, headers=(), raw=None):
    host = url.split('//')[1]
    c = http.client.HTTPConnection(host, timeout=60)
    h = dict(headers)
    if token: h['Authorization'] = 'Bearer ' + token
    if address: h['X-Forwarded-For'] = address
    data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    if data is not None: h.setdefault('Content-Type', 'application/json')
    elif method in ('POST', 'PATCH', 'PUT'): data = b''
    c.request(method, '/api/v1' + path, data, h)
    r = c.getresponse()
    a = Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read().decode())
    c.close()
    return a

def bcrypt(pepper_file, password, cost=4):
    """What db/password.c says it keeps, made by other means."""
    key = base64.b64decode(open(pepper_file).read().split()[-1])
    text = base64.b64encode(hmac.new(key, password.encode(), hashlib.sha256).digest()).decode()
    return crypt.crypt(text, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2 ** cost))

def totp(secret, step=None):
    """RFC 6238."""
    step = int(time.time()) // 30 if step is None else step
    mac = hmac.new(base64.b32decode(secret), struct.pack('>Q', step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return '%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000)

def sql(text):
    """As the superuser of the test's database: one value."""
    r = subprocess.run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text], capture_output=True, text=True)
    if r.returncode: raise RuntimeError(r.stderr)
    return r.stdout.strip()
