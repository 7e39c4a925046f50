import type { NftElement, NftExpression, NftRule, NftStatement } from './types.js';

/** The normal form of a rule: one text for all versions of nft, which `readNft` reads again. */
export const printNft = (rule: NftRule): string =>
  [...rule.statements.map(printStatement), ...(rule.comment === undefined ? [] : [`comment "${rule.comment}"`])].join(
    ' ',
  );

const TIGHT = { '<<': 4, '>>': 4, '&': 3, '^': 2, '|': 1 };

export function printStatement(s: NftStatement): string {
  switch (s.kind) {
    case 'verdict':
      return s.verdict;
    case 'jump':
      return `${s.goto ? 'goto' : 'jump'} ${word(s.chain)}`;
    case 'match': {
      const hex = isMark(s.left);
      const bare =
        s.op === 'in' || (s.op === '==' && s.left.kind !== 'binary' && s.right.kind !== 'list' && !isBitsKey(s.left));
      const set = s.op === '==' && s.right.kind === 'set';
      return `${print(s.left, hex)} ${bare || set ? '' : `${s.op} `}${print(s.right, hex)}`;
    }
    case 'vmap':
      return `${print(s.key, false)} vmap ${print(s.map, false)}`;
    case 'set-key':
      return `${print(s.key, false)} set ${print(s.value, isMark(s.key))}`;
    case 'nat':
      return printNat(s);
    case 'reject':
      return s.with === undefined ? 'reject' : `reject with ${s.with}`;
    case 'log':
      return `log${s.prefix === undefined ? '' : ` prefix "${s.prefix}"`}${s.options === '' ? '' : ` ${s.options}`}`;
    case 'xt':
      return `xt ${s.target ? 'target' : 'match'} ${word(s.name)}`;
    case 'notrack':
      return 'notrack';
    case 'gate':
    case 'effect':
    case 'taken':
    case 'copy':
    case 'unknown':
      return s.text;
  }
}

const isBitsKey = (e: NftExpression): boolean =>
  e.kind === 'key' && /^(?:tcp flags|ct .*(?:state|status|label|event))$/.test(e.name);

/** Marks are read in hexadecimal. */
const isMark = (e: NftExpression): boolean =>
  e.kind === 'key' ? /(?:^| )mark$/.test(e.name) : e.kind === 'binary' && isMark(e.left);

function printNat(s: Extract<NftStatement, { kind: 'nat' }>): string {
  const family = s.family === undefined ? '' : ` ${s.family}`;
  const prefix = s.flags.includes('prefix') ? ' prefix' : '';
  const flags = s.flags.filter((f) => f !== 'prefix' && f !== 'interval');
  const address = s.address && print(s.address, false);
  const bracketed = address?.includes(':') && s.address?.kind === 'value' && s.port ? `[${address}]` : address;
  const plain = s.port?.kind === 'value' && (!s.address || s.address.kind === 'value');
  const port = s.port ? `${plain ? ':' : address === undefined ? ': ' : ' : '}${print(s.port, false)}` : '';
  const to = address === undefined && port === '' ? '' : ` to ${bracketed ?? ''}${port}`;
  return `${s.action}${family}${prefix}${to}${flags.length === 0 ? '' : ` ${flags.join(',')}`}`;
}

export function print(e: NftExpression, hex = false, tight = 0): string {
  switch (e.kind) {
    case 'key':
      return e.name;
    case 'value':
      return hex && /^\d{1,20}$/.test(e.text) ? `0x${BigInt(e.text).toString(16)}` : word(e.text);
    case 'list':
      // Between the elements of a set a comma would end the element.
      return e.values.map((v) => print(v, hex)).join(tight > 0 ? ' | ' : ',');
    case 'set':
      return e.elements.length === 0 ? '{ }' : `{ ${e.elements.map((x) => printElement(x, hex)).join(', ')} }`;
    case 'named-set':
      return `@${e.name}`;
    case 'concat':
      return e.parts.map((p) => print(p, hex, 9)).join(' . ');
    case 'map':
      return `${print(e.key, false)} map ${print(e.map, hex)}`;
    case 'binary': {
      const own = TIGHT[e.op];
      // Left of an operator of the same kind no brackets are needed.
      const right =
        e.right.kind === 'list'
          ? `(${e.right.values.map((v) => print(v, hex)).join(' | ')})`
          : print(e.right, hex, own + 0.5);
      const text = `${print(e.left, hex, own)} ${e.op} ${right}`;
      return own < tight ? `(${text})` : text;
    }
  }
}

export function printElement(e: NftElement, hex = false): string {
  const key = print(e.key, hex, 0.5);
  if (!e.data) return key;
  return `${key} : ${e.data.kind === 'verdict' || e.data.kind === 'jump' ? printStatement(e.data) : print(e.data, false, 0.5)}`;
}

/** Words that could be taken for something else stand in quotes. */
export const word = (text: string): string => (/^(?:[\w*]|::)[\w.:/*+-]*$/.test(text) ? text : `"${text}"`);
