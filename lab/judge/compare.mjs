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
    .replace(/\/\d+$/, '');

/** Who answered, by name, must not be an endpoint that the walk calls dropped. */
function wrongOutcome(said, answers, addressOf) {
  for (const name of Object.keys(answers ?? {})) {
    const address = addressOf(name);
    const outcomes = (said.outcomes ?? []).filter((o) =>
      [name, address].some((text) => text && String(o.endpoint).includes(text)),
    );
    if (outcomes.length > 0 && outcomes.every((o) => o.verdict === 'dropped')) return `${name} (${address}) answered`;
  }
  return undefined;
}

function seenOtherwise(said, answer) {
  const told =
    typeof said.seenSource === 'object' && said.seenSource !== null ? said.seenSource.address : said.seenSource;
  if (said.verdict !== 'delivered' || !told || !answer.seen) return undefined;
  const all = Array.isArray(told) ? told : [told];
  return all.some((t) => bare(t) === answer.seen) ? undefined : `seen as ${answer.seen}, not ${all.join(' or ')}`;
}

/** Whether the walk ends where the taps saw the packet last. */
function placeOf(said, { died }) {
  if (said.verdict !== 'dropped' || !died || !said.because?.node) return 'none';
  // Beyond what is captured, and nobody saw who sent it there.
  if (died.node === 'lan' || died.node === 'outside') {
    if (died.after === undefined) return 'none';
  }
  const sameNode = said.because.node === (died.after ?? died.node);
  const sameWay = said.because.direction === undefined || said.because.direction === died.direction;
  return sameNode && sameWay ? 'same' : 'other';
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
  const wrong = wrongOutcome(said, answer.answers, addressOf);
  if (wrong) return { outcome: 'contradiction', why: wrong };
  return { outcome: balanced && good > 0 && answer.failed > 0 ? 'agreed' : 'vague' };
}
