import { printable } from '../../src/kit/index.js';

test('what could act on a terminal or hide from the eye becomes visible', () => {
  expect(printable('\x1b[2J\r\n\0\x7f\x9b31m')).toBe('\\x1b[2J\\x0d\\x0a\\x00\\x7f\\x9b31m');
  expect(printable('a\u202eb\u2066c\u2069\u200f\u2028')).toBe('a\\u202eb\\u2066c\\u2069\\u200f\\u2028');
  expect(printable('\ud800x\udc00\ud83d')).toBe('\\ud800x\\udc00\\ud83d');
});

test('text is left as it is', () => {
  const text = 'net.ipv4.ip_forward =\t1 größer 路由 😀 \ufffd';
  expect(printable(text)).toBe(text);
});
