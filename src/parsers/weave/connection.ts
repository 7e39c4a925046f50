import type { WeaveConnectionFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';

/** The state as weaveworks/mesh status.go says it, and in `weave status peers` of 1.1 `unestablished`. */
export const STATES = 'established|unestablished|pending|retrying|failed|connecting|waiting';

/** `0e:e9:62:f9:fa:98(host1)`: a router's name and its nick name. */
export const PEER = /^([\da-f]{2}(?::[\da-f]{2}){5})\((.*)\)$/;
const PEER_IN = /(?:^| )([\da-f]{2}(?::[\da-f]{2}){5})\(([^()]{0,300})\)/;

/** An address and a port; the router may also be told a host's name. */
export const ADDRESS = '[\\w.:[\\]%-]{1,255}';

/** What stands behind the state: `[un]encrypted`, encapsulation, peer, attributes; or a message. */
export function infoOf(state: string, info: string, attributes: string): Partial<Draft<WeaveConnectionFact>> {
  if (state === 'failed' || state === 'retrying' || state === 'waiting') return info === '' ? {} : { detail: info };
  const [, name, nickName] = PEER_IN.exec(info) ?? [];
  const words = (name === undefined ? info : info.slice(0, info.indexOf(name))).trim().split(/\s+/);
  const encrypted = words[0] === 'encrypted' ? true : words[0] === 'unencrypted' ? false : undefined;
  const encapsulation = words.at(encrypted === undefined ? 0 : 1);
  const mtu = /(?:^|\s)mtu=(\d{1,6})(?:\s|$)/.exec(attributes)?.[1];
  return {
    ...(name !== undefined && { peer: name }),
    ...(nickName !== undefined && nickName !== '' && { nickName }),
    ...(encapsulation !== undefined && /^[a-z]\w{0,20}$/.test(encapsulation) && { encapsulation }),
    ...(encrypted !== undefined && { encrypted }),
    ...(mtu !== undefined && { mtu: Number(mtu) }),
  };
}
