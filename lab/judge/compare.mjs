/**
 * Compares what `reach` said with what the kernel did.
 * @typedef {import('./kernel.mjs').Answer} Answer
 * @typedef {{ verdict: 'delivered' | 'dropped' | 'partly' | 'unknown', because?: any, outcomes?: any[], seenSource?: any }} Said
 * @typedef {'agreed' | 'contradiction' | 'unknown' | 'flaky' | 'vague'} Outcome
 * @typedef {{ outcome: Outcome, why?: string, place?: 'same' | 'other' | 'none' }} Judgement
 */

const bare = (text) =>
  String(text)
    .replace(/^::ffff:/, '')
    .replace(/%\w+$/, '')
    .replace(/\/\d+$/, '');

/**
 * Each endpoint that answered or did not, held against the outcomes of the same. One that the walk forks over, or does not name,
 * proves nothing.
 */
function endpointsJudged(said, { answers = {}, lost = {} }, addressOf) {
  const observed = [
    ...Object.keys(answers).map((name) => ({ address: addressOf(name) ?? name, ok: true })),
    ...Object.keys(lost).map((address) => ({ address, ok: false })),
  ];
  let agreed = 0;
  for (const { address, ok } of observed) {
    const both = observed.some((o) => o.address === address && o.ok !== ok);
    const verdicts = (said.outcomes ?? []).filter((o) => hasAddress(o.endpoint, address)).map((o) => o.verdict);
    if (both || new Set(verdicts).size !== 1) continue;
    if (verdicts[0] === (ok ? 'dropped' : 'delivered'))
      return { wrong: ok ? `${address} answered` : `${address} did not answer`, agreed };
    if (verdicts[0] !== 'unknown') agreed++;
  }
  return { agreed };
}
const hasAddress = (endpoint, address) =>
  endpoint === address || new RegExp(`(^|[^\\d.])${address.replaceAll('.', '\\.')}($|[^\\d.])`).test(endpoint);

function seenOtherwise(said, answer) {
  const told =
    typeof said.seenSource === 'object' && said.seenSource !== null ? said.seenSource.address : said.seenSource;
  if (said.verdict !== 'delivered' || !told || !answer.seen) return undefined;
  const all = Array.isArray(told) ? told : [told];
  return all.some((t) => bare(t) === bare(answer.seen)) ? undefined : `seen as ${answer.seen}, not ${all.join(' or ')}`;
}

const SEALING = /^(flannel-wg|wireguard\.cali)$/;

/** Errors that the sender's own stack gives. */
const OWN = /sendmsg|connect:|Network is unreachable|ENETUNREACH|EACCES|EINVAL|EPERM|EMSGSIZE|ENOBUFS|local error/;

/** Does one way that the walk saw end where the taps saw the packet last? */
function endsAt(because, died) {
  // What went out to whoever is outside was seen last on its way there.
  if (because.node === 'outside' && (died.way === 'out' || /^(?:lan|outside|nat-)/.test(died.node))) return true;
  // A card that takes no frame of that length is seen by no tap behind it: the last is that of the switch's port before it.
  const isAtCard =
    because.step === 'receive' && died.node === 'lan' && died.way === 'out' && died.device === because.node;
  const sameNode = isAtCard || because.node === (died.after ?? died.node);
  // Taps don't tell a handshake's third packet from its first, nor data from the packets of the handshake.
  const direction = because.direction === 'ack' ? 'request' : because.direction;
  const sameWay = direction === undefined || direction === 'data' || direction === died.direction;
  // An answer that never got out of the stack that was asked: the last that any tap saw is the question that came in.
  const unsent =
    direction === 'reply' &&
    died.direction === 'request' &&
    died.way === 'in' &&
    ['send', 'route', 'source', 'neighbour', 'mtu', 'netfilter', 'transmit'].includes(because.step);
  return sameNode && (sameWay || unsent);
}

/** Whether the walk ends where the taps saw the packet last; what is balanced may have gone any of its ways. */
function placeOf(said, { died, error }) {
  if (said.verdict !== 'dropped' || !died || !said.because?.node) return 'none';
  // Beyond what is captured, and nobody saw who sent it there.
  if ((died.node === 'lan' || died.node === 'outside') && died.after === undefined) return 'none';
  // What WireGuard sealed no tap knows again, nor the handshake that it waited for.
  if (SEALING.test(died.device ?? '') && died.way === 'out' && said.because.node !== died.node) return 'none';
  // A connection of which no packet was found, whose port a masquerade had changed.
  if (died.way === 'unsent' && !OWN.test(error) && /ECONN|EHOST/.test(error)) return 'none';
  const ways = [said.because, ...(said.outcomes ?? []).map((o) => o.because)].filter((b) => b?.node);
  if (ways.some((b) => endsAt(b, died))) return 'same';
  // A frame for all comes to the machine outside too, and which tap saw its copy last says nothing.
  const isForAll = ways.some((b) => /as a frame for all/.test(b.reason));
  if (isForAll && (died.node === 'lan' || died.node === 'outside')) return 'none';
  // What is too large the sender's own stack refuses once it was told so, be it about another packet.
  const isTold = died.way === 'unsent' && said.because.step === 'mtu' && /local error: message too long/.test(error);
  return isTold ? 'none' : 'other';
}

/** @param {Said} said @param {Answer} answer @param {(name: string) => string | undefined} addressOf @returns {Judgement} */
export function judge(said, answer, addressOf) {
  const balanced = answer.answers !== undefined;
  const good = balanced ? Object.values(answer.answers).reduce((a, b) => a + b, 0) : Number(answer.ok);
  if (answer.flaky) return { outcome: 'flaky' };
  if (said.verdict === 'unknown') return { outcome: 'unknown' };
  if (said.verdict === 'delivered') {
    if (!answer.ok) return { outcome: 'contradiction', why: `${good > 0 ? 'partly ' : ''}lost: ${answer.error}` };
    const wrong = seenOtherwise(said, answer);
    return wrong ? { outcome: 'contradiction', why: wrong } : { outcome: 'agreed' };
  }
  if (said.verdict === 'dropped')
    return good > 0
      ? { outcome: 'contradiction', why: balanced && answer.failed > 0 ? 'partly answered' : 'answered' }
      : { outcome: 'agreed', place: placeOf(said, answer) };
  const { wrong, agreed } = endpointsJudged(said, answer, addressOf);
  if (wrong) return { outcome: 'contradiction', why: wrong };
  return { outcome: agreed > 0 || (balanced && good > 0 && answer.failed > 0) ? 'agreed' : 'vague' };
}
