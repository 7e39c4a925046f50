/*
 * <iptables-rules version="1.0">
 *   <table name="nat" >
 *     <chain name="KUBE-SERVICES" packet-count="0" byte-count="0" >
 *       <rule ><conditions><match ><d >10.96.0.10/32</d><p >udp</p></match><udp ><dport >53</dport></udp></conditions>
 *        <actions><call ><KUBE-SVC-TCOU7JCQXEZGVUNU /></call></actions></rule>
 *
 * `iptables-xml` of the iptables package writes each option of iptables-save as an element; iptables.xslt beside it says how to turn it back.
 */
const TOKEN =
  /<!--([^>]{0,1000}?)-->|<(\/?)([A-Za-z_][\w.:-]{0,120})((?:\s+[\w-]{1,40}="[^"<>]{0,200}"){0,8})\s*(\/?)>([^<]*)/g;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');

const attributeOf = (attributes: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];

const countersOf = (attributes: string): string | undefined => {
  const packets = attributeOf(attributes, 'packet-count');
  return packets === undefined ? undefined : `[${packets}:${attributeOf(attributes, 'byte-count') ?? '0'}]`;
};

/** An option's words: `! --dport 53`, `-d 10.96.0.10/32`. */
function optionOf(name: string, attributes: string, value: string): readonly string[] {
  const invert = attributeOf(attributes, 'invert') === '1' ? ['!'] : [];
  const text = unescaped(value.trim());
  return [...invert, name.length === 1 ? `-${name}` : `--${name}`, ...(text === '' ? [] : [text])];
}

/** A module's or target's words: an element right below `conditions` or `actions`. */
function partOf(section: string, name: string): readonly string[] {
  if (section === 'conditions') return name === 'match' ? [] : ['-m', name];
  return name === 'call' || name === 'goto' ? [] : ['-j', name];
}

/** The text of iptables-save that the XML was made of; undefined when it is none, or breaks off. */
export function saveOfXml(xml: string): string | undefined {
  const heads: string[] = [];
  const rules: string[] = [];
  const lines: string[] = [];
  const open: string[] = [];
  let some = false;
  let chain = '';
  let rule: string[] = [];
  let counters: string | undefined;
  for (const [, remark, slash, name = '', attributes = '', closed, value = ''] of xml.matchAll(TOKEN)) {
    if (remark !== undefined) lines.push(remark.trim().replace('iptables*-save', 'iptables-save'));
    else if (slash === '/') {
      if (open.pop() !== name) return undefined;
      if (name === 'rule') rules.push(`${counters === undefined ? '' : `${counters} `}-A ${chain} ${rule.join(' ')}`);
      else if (name === 'table') lines.push(...heads.splice(0), ...rules.splice(0), 'COMMIT');
    } else {
      const [section = '', module = ''] = open.slice(4);
      some ||= name === 'iptables-rules';
      if (open.length === 1 && name === 'table') lines.push(`*${attributeOf(attributes, 'name') ?? ''}`);
      else if (open.length === 2 && name === 'chain') {
        chain = attributeOf(attributes, 'name') ?? '';
        heads.push(`:${chain} ${attributeOf(attributes, 'policy') ?? '-'} ${countersOf(attributes) ?? '[0:0]'}`);
      } else if (open.length === 3 && name === 'rule') {
        rule = [];
        counters = countersOf(attributes);
        if (closed === '/') rules.push(`-A ${chain}`);
      } else if (open.length === 5) rule.push(...partOf(section, name));
      else if (open.length === 6 && (module === 'call' || module === 'goto'))
        rule.push(module === 'call' ? '-j' : '-g', name);
      else if (open.length === 6) rule.push(...optionOf(name, attributes, value));
      if (closed !== '/') open.push(name);
    }
  }
  return open.length > 0 || !some ? undefined : lines.join('\n');
}
