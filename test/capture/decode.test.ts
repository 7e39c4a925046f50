import * as fc from 'fast-check';
import { decodeText } from '../../src/capture/decode.js';

const latin = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s, 'latin1'));
const utf8 = (s: string): Uint8Array => new TextEncoder().encode(s);
const utf16 = (s: string, be = false): Uint8Array => {
  const bytes = Buffer.from(s, 'utf16le');
  return Uint8Array.from(be ? bytes.swap16() : bytes);
};

function lines(bytes: Uint8Array): readonly string[] {
  const { text } = decodeText(bytes);
  return Array.from({ length: text.count }, (_, i) => text.line(i));
}
const notes = (bytes: Uint8Array): readonly string[] => decodeText(bytes).notes;

test('clean text is not copied', () => {
  for (const s of ['', 'a', '1: lo: <LOOPBACK>\n\tlink\n', 'größer 路由\n']) {
    const bytes = utf8(s);
    const decoded = decodeText(bytes);
    expect(decoded.text.bytes).toBe(bytes);
    expect(decoded.notes).toEqual([]);
  }
});

test('every byte that needs work is found, wherever it lies in memory', () => {
  const buffer = new ArrayBuffer(64);
  for (let offset = 0; offset < 5; offset++) {
    for (let length = 1; length < 20; length++) {
      for (let at = 0; at < length; at++) {
        const bytes = new Uint8Array(buffer, offset, length).fill(0x61);
        bytes[at] = 8;
        expect(decodeText(bytes).text.line(0)).toBe('a'.repeat(at === 0 ? length - 1 : length - 2));
      }
    }
  }
});

test('byte order marks and UTF-16, with and without a mark', () => {
  const text = 'default via 10.0.0.1 dev eth0\r\ngrößer\r\n';
  const read = ['default via 10.0.0.1 dev eth0', 'größer'];
  expect(lines(utf8(`\ufeff${text}`))).toEqual(read);
  expect(lines(utf16(`\ufeff${text}`))).toEqual(read);
  expect(lines(utf16(`\ufeff${text}`, true))).toEqual(read);
  expect(lines(utf16(text))).toEqual(read);
  expect(lines(utf16(text, true))).toEqual(read);
  expect(lines(Uint8Array.from([...utf16(text), 0x61]))).toEqual(read);
  expect(notes(utf16(text, true))).toEqual(['UTF-16BE', 'CRLF line ends']);
});

test('Latin-1 or Windows-1252 when nothing speaks against it, else U+FFFD', () => {
  expect(lines(latin('gr\xf6\xdfer ist l\xe4nger\n'))).toEqual(['größer ist länger']);
  expect(notes(latin('gr\xf6\xdfer ist l\xe4nger\n'))).toEqual(['Latin-1']);
  // UTF-8 with one broken character, and bytes that Windows-1252 has no characters for
  expect(lines(latin('gr\xc3\xb6\xdfer with ascii text\n'))).toEqual(['grö\ufffder with ascii text']);
  expect(lines(latin('a long text with \x93quotes\x94 and \x80 5\n'))).toEqual(['a long text with “quotes” and € 5']);
  expect(notes(latin('a long text with \x93quotes\x94 and \x80 5\n'))).toEqual(['Windows-1252']);
  expect(lines(latin('a long text with \x81 in it\n'))).toEqual(['a long text with \ufffd in it']);
  expect(notes(latin('a long text with \x81 in it\n'))).toEqual(['bytes that are not UTF-8 are shown as U+FFFD']);
});

test('a character that broke off with the file is no sign of Latin-1', () => {
  const cut = utf8('a route is größ').subarray(0, -1);
  expect(lines(cut)).toEqual(['a route is grö\ufffd']);
  expect(lines(utf8('an é').subarray(0, -1))).toEqual(['an \ufffd']);
  expect(notes(cut)).toEqual([]);
});

test('line ends', () => {
  expect(lines(utf8('a\r\nb\r\r\nc\n\r\nd'))).toEqual(['a', 'b', 'c', '', 'd']);
  expect(lines(utf8('a\r\n'))).toEqual(['a']);
  expect(lines(utf8('a\rb\r\rc\r'))).toEqual(['a', 'b', '', 'c']);
  expect(notes(utf8('a\rb'))).toEqual(['CR line ends']);
  expect(notes(utf8('a\r\nb'))).toEqual(['CRLF line ends']);
});

test('of a line that was redrawn the last state is kept', () => {
  expect(lines(utf8(' 10%\r 50%\r100% done\nnext\n'))).toEqual(['100% done', 'next']);
  expect(lines(utf8(' 10%\r\x1b[K100%\r\n'))).toEqual(['100%']);
  // A colour after the CR writes nothing.
  expect(lines(utf8('node-1\r\x1b[0m\nb\n'))).toEqual(['node-1', 'b']);
});

test('terminal escapes', () => {
  expect(lines(utf8('\x1b[01;32mroot@node\x1b[00m:\x1b[?2004h# ip r\n'))).toEqual(['root@node:# ip r']);
  expect(lines(utf8('\x1b]0;root@node: ~\x07root@node\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n'))).toEqual([
    'root@nodelink',
  ]);
  expect(lines(utf8('\x1b(Bplain\x1b=\x1b>\x1b7 \x1bP1$r0m\x1b\\end\n'))).toEqual(['plain end']);
  expect(lines(utf8('no end \x1b]0;title\nnext\x1b[12'))).toEqual(['no end 0;title', 'next']);
  // Neither is a sequence: left for the report to make visible.
  expect(lines(utf8('a\x1b\nb\x1b'))).toEqual(['a\x1b', 'b\x1b']);
  expect(notes(utf8('\x1b[1mx'))).toEqual(['terminal escapes removed']);
});

test('overstrikes and typing errors', () => {
  expect(lines(utf8('N\bNA\bAM\bME\bE _\bx\n'))).toEqual(['NAME x']);
  expect(lines(utf8('ip rout\b \be\n'))).toEqual(['ip roue']);
  expect(lines(utf8('é\be\n\b\bx\n'))).toEqual(['e', 'x']);
});

test('blanks of web pages are blanks, marks without a width are gone', () => {
  expect(lines(utf8('ip\u00a0route\u202fshow\u3000x\u2003y\n'))).toEqual(['ip route show x y']);
  expect(lines(utf8('de\u200bfa\u00adult\u200e via\u2060 \ufeff10.0.0.1\n'))).toEqual(['default via 10.0.0.1']);
  expect(lines(utf8('größer 路由 … “x” – ─\n'))).toEqual(['größer 路由 … “x” – ─']);
});

test('an asciinema recording is what it shows', () => {
  const cast = (...events: string[]): Uint8Array =>
    utf8(
      `{"version": 2, "width": 80, "height": 24}\n${events.map((e) => `[0.1, "o", ${JSON.stringify(e)}]`).join('\n')}\n`,
    );
  expect(lines(cast('root@a:~# i', 'p r\r\n', 'default via', ' 10.0.0.1\r\n'))).toEqual([
    'root@a:~# ip r',
    'default via 10.0.0.1',
  ]);
  expect(lines(utf8('{"version": 1, "width": 80, "stdout": [[0.1, "a\\r\\n"], [0.2, "b"]]}'))).toEqual(['a', 'b']);
  expect(lines(utf8('{"version": 2, "width": 80}\n[0.1, "i", "typed"]\n[broken\n'))).toEqual([
    '{"version": 2, "width": 80}',
    '[0.1, "i", "typed"]',
    '[broken',
  ]);
});

test('a saved page is what it shows', () => {
  const page = (body: string): readonly string[] => lines(utf8(`<!DOCTYPE html>\n<html><body>${body}</body></html>\n`));
  expect(page('<p>root@a:~# ip r<br>default via &lt;x&gt;&nbsp;10.0.0.1<br/>b</p><p>c</p>')).toEqual([
    '',
    'root@a:~# ip r',
    'default via <x> 10.0.0.1',
    'b',
    'c',
  ]);
  expect(page('<script>\nip route\n</script><style>x</style>a<!-- b\nc -->d')).toEqual(['', '', '', 'a', 'd']);
  expect(page('<script>never closed')).toEqual(['', '<script>never closed']);
});

test('other controls stay', () => {
  expect(lines(utf8('a\0b\x01\x07\tc\n'))).toEqual(['a\0b\x01\x07\tc']);
});

test('any bytes are survived, with as many lines as line feeds', () => {
  const hostile = fc.array(
    fc.constantFrom(0x1b, 0x5b, 0x5d, 0x0d, 0x0a, 0x08, 0x07, 0x5c, 0x41, 0x31, 0xc3, 0xa4, 0x00),
    { maxLength: 200 },
  );
  const feeds = (bytes: Uint8Array): number => bytes.filter((b) => b === 10).length;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        hostile.map((a) => Uint8Array.from(a)),
      ),
      (bytes) => {
        const before = Uint8Array.from(bytes);
        const { text, notes: said } = decodeText(bytes);
        for (let i = 0; i < text.count; i++) text.line(i);
        expect(bytes).toEqual(before);
        if (!said.some((n) => n.startsWith('UTF-16') || n === 'CR line ends'))
          expect(feeds(text.bytes)).toBe(feeds(bytes));
      },
    ),
    { numRuns: 2000 },
  );
});

test.each([
  '\x1b]',
  '\x1b',
  '\x1b[',
  'a\b',
  '\r',
  '\x1b]\x1b[',
  '\x1bP;',
  '\u00a0',
  '<html><script>',
  '<html><!--',
  '<html><br ',
  '<html></td> ',
])('time grows with the length only: %j', (unit) => {
  const time = (times: number): number => {
    const bytes = utf8(unit.repeat(times));
    // Time of this process: other tests run beside it.
    const start = process.cpuUsage();
    decodeText(bytes);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  time(1000);
  // Quadratic work on a million repetitions would take minutes.
  expect(time(1_000_000)).toBeLessThan(20_000);
});
