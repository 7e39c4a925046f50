import type { PacketDns } from '../../facts/index.js';

/*
 * print-domain.c: `47194+ [1au] A? name. (103)`, `19925 NXDomain* 0/1/0 (196)`, `8* q: A? x.svc. 2/0/0 …`; marks are + recursion desired,
 * * authoritative, - no recursion, | truncated, $ authentic, % checking disabled.
 */
const QUESTION =
  /^(\d{1,5})(?: ?(?:inv_q|stat|op\d+))?[+%$|*-]*(?: \[[^\]]*\])* (?:Type)?([A-Z][A-Z0-9-]*|\d+)(?: \(Q[MU]\))?\?(?: (\S+))?/;
const ANSWER =
  /^(\d{1,5})(?: ?(?:inv_q|stat|op\d+))?[*|$%-]*(?: ([A-Z][A-Za-z]+\d*))?[*|$%-]*(?: \[[^\]]*\])*(?: q: (?:Type)?([A-Z][A-Z0-9-]*|\d+)(?: \(Q[MU]\))?\? (\S+))? (\d+)\/\d+\/\d+/;

const STATUS: Readonly<Record<string, string>> = {
  FormErr: 'FORMERR',
  ServFail: 'SERVFAIL',
  NXDomain: 'NXDOMAIN',
  NotImp: 'NOTIMP',
  Refused: 'REFUSED',
  YXDomain: 'YXDOMAIN',
  YXRRSet: 'YXRRSET',
  NXRRSet: 'NXRRSET',
  NotAuth: 'NOTAUTH',
  NotZone: 'NOTZONE',
  BadVers: 'BADVERS',
};

const bare = (name: string | undefined): string | undefined =>
  name === undefined || name === '.' ? name : name.replace(/\.$/, '').slice(0, 255);

/** What the text behind a UDP or TCP header says of DNS; undefined when it is something else. */
export function dnsOf(info: string): PacketDns | undefined {
  const text = info.slice(0, 600);
  const answer = ANSWER.exec(text);
  if (answer) {
    const name = bare(answer[4]);
    return {
      id: Number(answer[1]),
      ...(answer[3] !== undefined && { type: answer[3] }),
      ...(name !== undefined && { name }),
      status: answer[2] === undefined ? 'NOERROR' : (STATUS[answer[2]] ?? answer[2]),
      answers: Number(answer[5]),
    };
  }
  const question = QUESTION.exec(text);
  if (!question) return undefined;
  const name = bare(question[3]);
  return { id: Number(question[1]), type: question[2] ?? '', ...(name !== undefined && { name }) };
}
