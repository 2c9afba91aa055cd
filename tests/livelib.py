"""Listeners for the suite api_live: event streams and WebSockets, by hand, so that everything wrong can be sent, too."""
import base64, hashlib, hmac, json, os, select, socket, struct, time, uuid


def token(api, who, seconds=600):
    """An access token of a login session, signed with the server's key, over when we like."""
    def b64(b):
        return base64.urlsafe_b64encode(b).rstrip(b'=').decode()
    kid, key = open(api.settings['jwt_keys']).read().split()
    now = int(time.time())
    user, session = who
    body = dict(iss='https://localhost', aud='domovoi-api', use='access', sub=user, sid=session, jti=str(uuid.uuid4()),
                iat=now, nbf=now, exp=now + seconds, auth_time=now, amr=['pwd'])
    text = '.'.join(b64(json.dumps(x).encode()) for x in (dict(alg='HS256', typ='JWT', kid=kid), body))
    return text + '.' + b64(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest())


class Wire:
    def __init__(self, api, path, bearer, headers=(), extra=b'', rcvbuf=None, method='GET'):
        self.s = socket.socket()
        if rcvbuf:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.s.connect(('127.0.0.1', api.port))
        if api.trust:
            self.s.settimeout(15)
            self.s = api.trust.wrap_socket(self.s, server_hostname='localhost')
        head = '%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n' % (method, path)
        if bearer:
            head += 'Authorization: Bearer %s\r\n' % bearer
        head += ''.join('%s: %s\r\n' % h for h in headers)
        self.s.sendall(head.encode() + b'\r\n' + extra)
        self.got, self.ended = b'', False
        self.status, self.headers = 0, {}

    def more(self, seconds):
        if self.ended or not (getattr(self.s, 'pending', int)() or select.select([self.s], [], [], max(0, seconds))[0]):
            return False
        try:
            data = self.s.recv(1 << 16)
        except OSError:
            data = b''
        self.ended = data == b''
        self.got += data
        return True

    def head(self, seconds=15):
        end = time.monotonic() + seconds
        while b'\r\n\r\n' not in self.got and not self.ended and time.monotonic() < end:
            self.more(end - time.monotonic())
        head, _, self.got = self.got.partition(b'\r\n\r\n')
        lines = head.decode().split('\r\n')
        self.status = int(lines[0].split()[1]) if len(lines[0].split()) > 1 else 0
        self.headers = dict((k.lower(), v.strip()) for k, _, v in (x.partition(':') for x in lines[1:]))
        return self

    def body(self, seconds=5):
        """Of an answer that ends."""
        n, end = int(self.headers.get('content-length', 0)), time.monotonic() + seconds
        while len(self.got) < n and not self.ended and time.monotonic() < end:
            self.more(end - time.monotonic())
        return json.loads(self.got[:n] or b'{}')

    def close(self):
        self.s.close()
        self.ended = True


class Stream(Wire):
    """Server-sent events. `events` are (event, id, data); `id` is the last place that was named."""

    def __init__(self, api, bearer, query='', last=None, **more):
        self.events, self.text, self.comments, self.id, self.over = [], '', 0, None, False
        headers = [('Accept', 'text/event-stream')] + ([('Last-Event-ID', last)] if last else [])
        super().__init__(api, '/api/v1/events' + query, bearer, headers, **more)
        self.head()

    def chunks(self):
        while True:
            size, crlf, rest = self.got.partition(b'\r\n')
            if not crlf:
                return
            n = int(size, 16)
            if len(rest) < n + 2:
                return
            self.text += rest[:n].decode()
            self.got = rest[n + 2:]
            if n == 0:
                self.over = True
                return

    def blocks(self):
        while '\n\n' in self.text:
            block, _, self.text = self.text.partition('\n\n')
            fields = {}
            for line in block.split('\n'):
                name, _, value = line.partition(': ')
                fields[name] = fields[name] + '\n' + value if name in fields else value
            self.comments += '' in fields
            self.id = fields.get('id', self.id)
            if 'data' in fields:
                self.events.append((fields.get('event'), fields.get('id'), json.loads(fields['data'])))

    def wait(self, until, seconds=10):
        """Reads until `until(self)` holds; whether it does."""
        end = time.monotonic() + seconds
        while True:
            self.chunks()
            self.blocks()
            if until(self):
                return True
            if self.ended or time.monotonic() >= end or (not self.more(end - time.monotonic()) and time.monotonic() >= end):
                return False

    def pokes(self):
        return [e for e in self.events if e[0] == 'poke']


KEY = 'dGhlIHNhbXBsZSBub25jZQ=='


class Socket(Wire):
    """A WebSocket. `messages` are the server's JSON texts, `code` that of its close."""

    def __init__(self, api, bearer, extra=b'', rcvbuf=None, path='/ws/monitoring', **change):
        headers = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13',
                   'Sec-WebSocket-Key': KEY, 'Sec-WebSocket-Protocol': 'domovoi.v1'}
        headers.update((k.replace('_', '-'), v) for k, v in change.items())
        self.messages, self.pongs, self.pings, self.code, self.answers = [], [], 0, None, True
        super().__init__(api, path, bearer, [h for h in headers.items() if h[1] is not None], extra, rcvbuf)
        self.head()

    @staticmethod
    def frame(first, data=b'', masked=True, length=None):
        n = len(data) if length is None else length
        out = bytes([first])
        size = bytes([n]) if n < 126 else b'\x7e' + struct.pack('>H', n) if n < 65536 else b'\x7f' + struct.pack('>Q', n)
        out += bytes([size[0] | (0x80 if masked else 0)]) + size[1:]
        if masked:
            mask = os.urandom(4)
            out += mask
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        return out + data

    def send(self, *frames):
        try:
            self.s.sendall(b''.join(frames))
        except OSError:
            self.ended = True

    def say(self, text):
        self.send(self.frame(0x81, text if isinstance(text, bytes) else text.encode()))

    def frames(self):
        while len(self.got) >= 2:
            n, at = self.got[1] & 127, 2
            if n >= 126:
                at = 4 if n == 126 else 10
                if len(self.got) < at:
                    return
                n = int.from_bytes(self.got[2:at], 'big')
            if len(self.got) < at + n:
                return
            op, data, self.got = self.got[0] & 15, self.got[at:at + n], self.got[at + n:]
            if op == 1:
                self.messages.append(json.loads(data))
            elif op == 8 and self.code is None:
                self.code = int.from_bytes(data[:2], 'big') if data else 1005
                if self.answers:
                    self.send(self.frame(0x88, data))
            elif op == 9:
                self.pings += 1
                if self.answers:
                    self.send(self.frame(0x8a, data))
            elif op == 10:
                self.pongs.append(data)

    def wait(self, until, seconds=10):
        end = time.monotonic() + seconds
        while True:
            self.frames()
            if until(self):
                return True
            if self.ended or time.monotonic() >= end or (not self.more(end - time.monotonic()) and time.monotonic() >= end):
                return False

    def of(self, kind):
        return [m for m in self.messages if m.get('type') == kind]
