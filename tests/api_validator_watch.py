#!/usr/bin/python3
"""Puts an independent validator (prism) between a suite and domovoid, and writes down every violation of the description.

  api_validator_watch.py PRISM SPEC UPSTREAM_URL LOG      prints the URL to be used instead, on one line; ends when its stdin does

LOG gets a JSON line for each exchange: method, path, status, violations. Past the validator go streams (it reads answers to
their end), bodies that are no JSON (it refuses them itself), and workbooks, which it passes on as text: these are asked again.
"""
import http.client, http.server, json, re, socket, subprocess, sys, threading, time, urllib.parse

PRISM, SPEC, UPSTREAM, LOG = sys.argv[1:]
STREAMS = re.compile(r'^/(api/v1/events|ws/)')
HOP = {'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'upgrade', 'proxy-connection', 'te', 'trailer'}
OURS = {'access-control-allow-origin', 'access-control-allow-headers', 'access-control-allow-credentials', 'access-control-expose-headers', 'sl-violations'}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


port = free_port()
prism = subprocess.Popen([PRISM, 'proxy', SPEC, UPSTREAM, '-p', str(port), '-v', 'error'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
log, lock = open(LOG, 'a'), threading.Lock()
upstream = urllib.parse.urlsplit(UPSTREAM)


def is_json(body):
    try:
        json.loads(body)
        return True
    except ValueError:
        return False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def forward(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        past = STREAMS.match(self.path) or body and not is_json(body)
        c, r = self.ask(body, past)
        if not past:
            self.note(r)
            if self.command == 'GET' and 'spreadsheet' in (r.getheader('Content-Type') or ''):
                c.close()
                c, r = self.ask(body, True)
        self.answer(r, STREAMS.match(self.path))
        c.close()

    def ask(self, body, past):
        c = http.client.HTTPConnection(upstream.hostname, upstream.port if past else port, timeout=120)
        c.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        c.putheader('Host', upstream.netloc)
        for k, v in self.headers.items():
            if k.lower() not in HOP:
                c.putheader(k, v)
        if body or self.command in ('POST', 'PUT', 'PATCH'):
            c.putheader('Content-Length', str(len(body)))
        c.endheaders(body)
        return c, c.getresponse()

    def note(self, r):
        found = json.loads(r.getheader('sl-violations') or '[]')
        with lock:
            log.write(json.dumps({'method': self.command, 'path': self.path, 'status': r.status, 'violations': found}) + '\n')
            log.flush()

    def answer(self, r, past):
        data = None if past else r.read()
        self.send_response_only(r.status, r.reason)
        for k, v in r.getheaders():
            if k.lower() not in HOP | OURS:
                self.send_header(k, v)
        if past:
            self.send_header('Connection', 'close')
        elif r.status not in (204, 304):
            self.send_header('Content-Length', r.getheader('Content-Length') if self.command == 'HEAD' and r.getheader('Content-Length') else str(len(data)))
        self.end_headers()
        if not past:
            self.wfile.write(data)
            return
        self.close_connection = True
        while True:
            data = r.read1(65536)
            if not data:
                break
            self.wfile.write(data)
            self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size, daemon_threads = 256, True

    def handle_error(self, *_): # a caller that hung up
        pass


def up():
    try:
        socket.create_connection(('127.0.0.1', port), 1).close()
        return True
    except OSError:
        return False


end = time.monotonic() + 90
while not up():
    if prism.poll() is not None or time.monotonic() > end:
        sys.exit('prism does not start: ' + (prism.stdout.read().decode() if prism.poll() is not None else 'too slow'))
    time.sleep(0.1)
threading.Thread(target=prism.stdout.read, daemon=True).start() # that it never waits for a reader
server = Server(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print('http://127.0.0.1:%d' % server.server_port, flush=True)
try:
    sys.stdin.read()
finally:
    prism.terminate()
