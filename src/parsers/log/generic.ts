import type { ComponentEvent } from '../../facts/index.js';
import { addressIn, componentFact, type Message, type Reading, type Signature } from './signature.js';

type Values = Readonly<Record<string, string | undefined>>;

const dialled = (m: RegExpExecArray): Values | 'unreadable' => {
  const address = addressIn(m[1] ?? m[2]);
  return address === undefined ? 'unreadable' : { address, port: m[3] };
};
const DIALLED = 'dial tcp (?:\\S{0,60}->)?(?:(\\d[\\d.x*]*)|\\[([\\da-f:]+)\\]):(\\d+): (?:connect: |getsockopt: )?';

function anywhere(
  event: ComponentEvent,
  needle: string,
  pattern: RegExp,
  values: (m: RegExpExecArray) => Values | 'unreadable',
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      const m = pattern.exec(message.body);
      const made = m && values(m);
      if (!made) return undefined;
      return made === 'unreadable' ? made : componentFact(message, event, made);
    },
  };
}

/** Network errors as Go's net package words them (net.OpError), whoever logs them. */
export const genericSignatures: readonly Signature[] = [
  anywhere(
    'dns-timeout',
    'i/o timeout',
    /read udp (?:(\d[\d.]*):\d+|\[([\da-f:]+)\]:\d+)->(?:(\d[\d.x*]*):(\d+)|\[([\da-f:]+)\]:(\d+)): i\/o timeout/,
    (m) => {
      const address = addressIn(m[3] ?? m[5]);
      return address === undefined ? 'unreadable' : { source: addressIn(m[1] ?? m[2]), address, port: m[4] ?? m[6] };
    },
  ),
  anywhere('dial-timeout', 'i/o timeout', new RegExp(`${DIALLED}i/o timeout`), dialled),
  anywhere('dial-timeout', 'connection timed out', new RegExp(`${DIALLED}connection timed out`), dialled),
  anywhere('dial-no-route', 'no route to host', new RegExp(`${DIALLED}no route to host`), dialled),
  anywhere('dial-refused', 'connection refused', new RegExp(`${DIALLED}connection refused`), dialled),
  anywhere('dial-unreachable', 'network is unreachable', new RegExp(`${DIALLED}network is unreachable`), dialled),
  anywhere('tls-handshake-timeout', 'tls handshake timeout', /net\/http: TLS handshake timeout/, () => ({})),
  anywhere(
    'address-unavailable',
    'cannot assign requested address',
    new RegExp(`${DIALLED}cannot assign requested address`),
    dialled,
  ),
  anywhere(
    'address-in-use',
    'address already in use',
    /listen (?:tcp|udp)[46]? (?:(\d[\d.]*)|\[([\da-f:]*)\]|):(\d+): bind: address already in use/,
    (m) => ({ address: addressIn(m[1] ?? m[2]), port: m[3] }),
  ),
  anywhere(
    'iptables-lock-held',
    'holding the xtables lock',
    /Another app is currently holding the xtables lock/,
    () => ({}),
  ),
  anywhere('iptables-missing', "can't initialize ip", /can't initialize ip6?tables table [`'"\\]*(\w+)/, (m) => ({
    what: 'table',
    name: m[1],
  })),
  anywhere('iptables-missing', "couldn't load ", /Couldn't load (match|target) [`'"\\]*([\w-]+)/, (m) => ({
    what: m[1],
    name: m[2],
  })),
  anywhere(
    'iptables-missing',
    'extension ',
    /Extension ([\w-]+) revision \d+ not supported, missing kernel module/,
    (m) => ({ what: 'module', name: m[1] }),
  ),
  anywhere('no-buffer-space', 'no buffer space available', /no buffer space available/i, () => ({})),
];
