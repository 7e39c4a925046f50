/**
 * Runs inside a namespace for as long as its parent's pipe is open: listens on ports and opens connections on
 * request, one JSON object per line on stdin and stdout. Started by probe.mjs.
 */
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

const { name, names = [], listen, v6 = false } = JSON.parse(process.argv[2] ?? '{}');
/** All addresses; with both families one socket for both. */
const ANY = v6 ? '::' : '0.0.0.0';
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
/** Who answered, and whom it saw asking: the source address after all translation. */
const reply = (address) => `${JSON.stringify({ name, seen: address })}\n`;
/** The same in a datagram of the length of the question: two digits who, the address, the token that came. */
const DATAGRAM = v6 ? 80 : 32;
const short = (token, address) =>
  `${String(names.indexOf(name)).padStart(2, '0')} ${address} ${token}`.padEnd(DATAGRAM, '.');
const long = (text) => {
  const [index, seen] = text.split(' ');
  return { name: names[Number(index)], seen };
};

/** Those that are there from the start; of the others the socket for any address answers from whichever the kernel takes. */
const ownAddresses = () =>
  Object.values(networkInterfaces())
    .flat()
    .filter((a) => (v6 || a.family === 'IPv4') && !a.address.startsWith('fe80:'))
    .map((a) => a.address);

/** From the address that was asked, as name servers do: by a socket for each. */
function answerDatagrams(address, port) {
  const socket = dgram.createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  // The token of the question comes back, marked, so that a tap tells one from the other.
  socket
    .on('message', (text, from) =>
      socket.send(short(String(text).slice(0, 11).concat('R'), from.address), from.port, from.address),
    )
    .on('error', () => socket.close())
    .bind(port, address);
}

for (const { protocol, port } of listen) {
  if (protocol === 'TCP')
    net.createServer((socket) => socket.on('error', () => {}).end(reply(socket.remoteAddress))).listen(port, ANY);
  else for (const address of [...ownAddresses(), ANY]) answerDatagrams(address, port);
}

function tcp({ id, address, port, timeout, localPort }) {
  let text = '';
  let done = false;
  const finish = (outcome) => {
    if (done) return;
    done = true;
    socket.destroy();
    answer({ id, ...outcome });
  };
  const socket = net.connect({ host: address, port, ...(localPort && { localPort }) });
  socket.setTimeout(timeout, () => finish({ ok: false, error: 'timeout' }));
  socket.on('data', (chunk) => (text += chunk));
  socket.on('error', (error) => finish({ ok: false, error: error.code }));
  socket.on('end', () => finish({ ok: true, ...JSON.parse(text || '{}') }));
}

function udp({ id, address, port, timeout, localPort = 0, token = '?' }) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let done = false;
  const finish = (outcome) => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    socket.close();
    answer({ id, ...outcome });
  };
  const timer = setTimeout(() => finish({ ok: false, error: 'timeout' }), timeout);
  // Connected, so that an answer from another address than the one asked is no answer.
  socket.on('error', (error) => finish({ ok: false, error: error.code }));
  socket.on('message', (text) => finish({ ok: true, ...long(String(text)) }));
  socket.bind(localPort, () =>
    socket.connect(port, address, (error) =>
      error ? finish({ ok: false, error: error.code }) : socket.send(token.padEnd(DATAGRAM, '.')),
    ),
  );
}

/** A program of the namespace, as `ping`: much cheaper from here than through `ip netns exec`. */
function program({ id, words: [name, ...rest] }) {
  const child = spawn(name, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += chunk));
  child.stderr.on('data', (chunk) => (said.stderr += chunk));
  child.on('error', (error) => answer({ id, ...said, stderr: error.message, status: 127 }));
  child.on('close', (status) => answer({ id, ...said, status }));
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const request = JSON.parse(line);
  if (request.words) program(request);
  else if (request.protocol === 'TCP') tcp(request);
  else udp(request);
});
lines.on('close', () => process.exit(0));
answer({ ready: name });
