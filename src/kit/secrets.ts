/*
 * Keys, passwords and tokens that captures hold: lines of `wg show all dump` and `ip xfrm state`, kubeconfigs, CNI configuration, environments.
 * Whoever reads a report may see the network of a cluster, and not what opens it. Masked by pattern, line by line, wherever text of a bundle
 * leaves the program (gaps, reports, the model's JSON); no parser has to think of it.
 */

/** What stands in place of a secret. */
export const MASKED = '[masked]';

/** Names whose value is a secret; what only points at one (`tokenFile`, `secretName`) ends otherwise. */
const NAME =
  '(?:pass(?:word|wd|phrase|code)|auth[_-]?pass|secret|token|psk|api[_-]?key|(?:secret[_-])?access[_-]key|private[ _-]?key|pre-?shared[ _-]?key|(?:client-|tls-|ssh-)?key-data|(?:certificate|encryption|encrypt|join|session|server|shared|signing)[_-]?key|credentials?)';
/** A word that ends in such a name; a path (`…/serviceaccount/token: no such file`) is none. */
const WORD = `(?<![\\w/.-])[\\w.-]{0,60}?${NAME}`;

/** WireGuard's keys: 32 bytes in base64. */
const KEY = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=';
/** What is no secret: nothing, a switch, a path, what is masked already. */
const OPEN =
  '(?!(?:true|false|null|none|nil|yes|no|enabled|disabled|<none>|<nil>|<set>|<unset>|\\(none\\)|\\(hidden\\)|<hidden>|\\[masked\\]|[*x]{3,}|["\']{2}|\\{\\}|\\[\\])(?![\\w-])|[/$<{[|>&])';

type Mask = readonly [RegExp, string];

const MASKS: readonly Mask[] = [
  // wg show dump: an interface's own key, a peer's preshared key (wireguard-tools show.c dump_print)
  [
    new RegExp(
      `^((?:[\\w.@=+-]{1,15}[\\t ]+)?)${KEY}([\\t ]+(?:${KEY}|\\(none\\))[\\t ]+\\d{1,5}[\\t ]+(?:off|0x[\\da-f]+)(?=\\s|$))`,
    ),
    `$1${MASKED}$2`,
  ],
  [
    new RegExp(`^((?:[\\w.@=+-]{1,15}[\\t ]+)?${KEY}[\\t ]+)${KEY}([\\t ]+\\S+:\\d{1,5}|[\\t ]+\\(none\\))`),
    `$1${MASKED}$2`,
  ],
  // wg show all private-keys, preshared-keys
  [new RegExp(`^((?:[\\w.@=+-]{1,15}[\\t ]+)?${KEY}[\\t ]+)${KEY}(?=\\s|$)(?!\\s+\\d{1,5}\\s)`), `$1${MASKED}`],
  // ip xfrm state, Cilium's list of keys (iproute2 ip/ipxfrm.c xfrm_algo_print)
  [/((?:^|[\s"])(?:auth(?:-trunc)?|enc|aead)\s+\S{1,64}\s+)0x[\da-f]{4,}/g, `$1${MASKED}`],
  [/(\b[\w-]{2,20}\([\w()-]{2,40}\)\s+)(?:0x)?[\da-f]{16,}/g, `$1${MASKED}`],
  // setkey -D
  [/^(\s+[EA]: [\w-]{2,30}\s+)[\da-f]{8}(?: [\da-f]{8})+/, `$1${MASKED}`],
  // A member of JSON, and of JSON inside a JSON string
  [new RegExp(`("[\\w.-]{0,60}?(?:${NAME}|auth)"\\s*:\\s*")${OPEN}(?:[^"\\\\]|\\\\.)+`, 'gi'), `$1${MASKED}`],
  [
    new RegExp(`(\\\\"[\\w.-]{0,60}?(?:${NAME}|auth)\\\\"\\s*:\\s*\\\\")${OPEN}(?:[^"\\\\]|\\\\[^"])+`, 'gi'),
    `$1${MASKED}`,
  ],
  // A line of YAML, of an INI file, of `wg show`: all that is behind the name
  [
    new RegExp(`^(\\s*(?:-\\s+)?["']?[\\w.-]{0,60}?${NAME}["']?\\s*(?::\\s+|\\s?=\\s?))${OPEN}\\S.*$`, 'i'),
    `$1${MASKED}`,
  ],
  // NAME=value in a command line, an environment, a URL
  [new RegExp(`(${WORD}=)${OPEN}("[^"]*"|'[^']*'|[^\\s"'&,;]+)`, 'gi'), `$1${MASKED}`],
  [new RegExp(`((?<![\\w-])--?[\\w-]{0,40}?${NAME}\\s+)(?!-)${OPEN}\\S+`, 'gi'), `$1${MASKED}`],
  // HTTP
  [/(\bAuthorization["']?\s*[:=]\s*["']?)(?:\w+\s+)?(?!\[masked\])[^\s"']+/gi, `$1${MASKED}`],
  [/(\b(?:Bearer|Basic)\s+)[\w.~+/-]{16,}=*/g, `$1${MASKED}`],
  [/(\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@"']{1,80}:)[^\s/@"']{1,200}(?=@)/gi, `$1${MASKED}`],
  // curl
  [/(\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\s:"'=/]{1,80}:)(?!\[masked\])[^\s"']+/g, `$1${MASKED}`],
  // JSON web tokens, private keys in PEM or base64 of PEM, and lines out of the middle of one
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, MASKED],
  [/LS0tLS1CRUdJTiB(?!DRVJU)[A-Za-z\d+/=]{20,}/g, MASKED],
  [/(-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----)(?:\s|\\n)*[A-Za-z\d+/=][A-Za-z\d+/=\\\s]*/g, `$1${MASKED}`],
  [/^(\s*)(?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)(?:[A-Za-z\d+/]{64,76}|[A-Za-z\d+/]{16,75}={1,2})\s*$/, `$1${MASKED}`],
  // Daemons' own forms: bird and strongSwan, keepalived, FRR
  [/(\b(?:password|PSK|XAUTH|EAP)\s+)"[^"]+"/g, `$1"${MASKED}"`],
  [/(\b(?:PSK\s+0[sx]|auth_pass\s+|password\s+\d\s+))[^\s;]+/g, `$1${MASKED}`],
  // crypt(5)
  [/\$(?:y|gy|7|[156]|2[aby]|sha1)\$[\w./$=,-]{8,}/g, MASKED],
];

/** Lines without any of these have no secret. */
const SUSPICIOUS =
  /pass|secret|token|psk|key|credential|bearer|basic|auth|enc\s|aead|eyJ|LS0tLS1|:\/\/|\)\s+(?:0x)?[\da-f]{16}|\$(?:y|gy|7|[156]|2[aby]|sha1)\$|[A-Za-z\d+/]{42}|={1,2}\s*$|^\s+[EA]: |\s-u|--(?:proxy-)?user|XAUTH|EAP/i;

/** The text with its secrets masked; each line of it is looked at by itself. */
export function withoutSecrets(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  if (text.includes('\n')) return text.split('\n').map(withoutSecrets).join('\n');
  let masked = text;
  for (const [pattern, by] of MASKS) masked = masked.replace(pattern, by);
  return masked;
}

/** Longest text of one line that is quoted: a whole dump may stand in one. */
const LINE_TEXT = 4096;
/** How much of it is looked at for secrets. */
const LINE_LOOK = 65_536;

/** A line of a bundle as evidence quotes it: without secrets, and of a bounded length. */
export function quotable(line: string): string {
  const text = withoutSecrets(line.length > LINE_LOOK ? line.slice(0, LINE_LOOK) : line);
  return text.length > LINE_TEXT ? `${text.slice(0, LINE_TEXT)}…` : text;
}

/** Members that say where something stands: nobody finds a file by half its name. */
const PLACES: ReadonlySet<string> = new Set(['file', 'path', 'paths']);

/** A value out of JSON with all its texts masked. */
export function valueWithoutSecrets<T>(value: T): T {
  if (typeof value === 'string') return withoutSecrets(value) as T;
  if (Array.isArray(value)) return value.map(valueWithoutSecrets) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [key, PLACES.has(key) ? v : valueWithoutSecrets(v)]),
  ) as T;
}
