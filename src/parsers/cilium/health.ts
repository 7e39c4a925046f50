import type { PingFact, TcpAttemptFact } from '../../facts/index.js';
import { canonicalAddress, type Draft, type Sink } from '../../kit/index.js';
import { attemptFact, newAttempt, outcomeOf, setTarget } from '../tcp/attempt.js';
import { probeErrorOf } from '../text/probe-error.js';

/*
 * pkg/health/client/client.go FormatHealthStatusResponse. The agent of a node asks each node's address and that of its health endpoint, by
 * ICMP and by HTTP on port 4240. 1.0 to 1.5 wrote `ICMP:` and `HTTP via L3:`, 1.17 adds when.
 *
 *     Host connectivity to 192.0.2.12:
 *       ICMP to stack:   OK, RTT=506.011µs
 *       HTTP to agent:   Get "http://192.0.2.12:4240/hello": context deadline exceeded   (Last probed: 2026-11-25T15:00:00Z)
 */
const TARGET = /^ *(?:Host|Endpoint|Primary|Secondary\S*) connectivity to (\S+):$/;
const PROBE = /^ +(ICMP|HTTP)(?: to (?:stack|agent)| via L3)?: +(\S.*?)(?: +\(Last probed: [^)]*\))?$/;
const PORT = 4240;

/** Reads the lines of probes one after another: each is about the target of the last header. */
export class HealthLines {
  #address: string | undefined;

  readonly #out: Sink<PingFact | TcpAttemptFact>;
  readonly #firstLine: number;

  constructor(out: Sink<PingFact | TcpAttemptFact>, firstLine: number) {
    this.#out = out;
    this.#firstLine = firstLine;
  }

  /** Takes the line if it is a header of a target or the outcome of a probe. */
  take(i: number, line: string): boolean {
    const target = TARGET.exec(line)?.[1];
    if (target !== undefined) {
      this.#address = canonicalAddress(target.replace(/^\[|\]$/g, ''));
      if (this.#address === undefined) this.#out.gap(i, `no address: "${target.slice(0, 60)}"`);
      else this.#out.part(i);
      return true;
    }
    const [, protocol, outcome = ''] = PROBE.exec(line) ?? [];
    if (protocol === undefined) return false;
    const fact = this.#address === undefined ? undefined : this.#factOf(i, this.#address, protocol, outcome);
    if (fact) this.#out.fact(i, fact);
    // The gap is the header whose address was masked.
    else this.#out.noise(i);
    return true;
  }

  #factOf(i: number, address: string, protocol: string, outcome: string): Draft<PingFact | TcpAttemptFact> | undefined {
    const answered = outcome.startsWith('OK');
    if (protocol === 'HTTP') {
      const attempt = newAttempt(i);
      setTarget(attempt, address, PORT);
      attempt.outcome = answered ? 'connected' : outcomeOf(/deadline exceeded/.test(outcome) ? 'timeout' : outcome);
      if (!answered) attempt.what = outcome;
      return attemptFact(attempt);
    }
    const error = probeErrorOf(outcome);
    return {
      kind: 'ping',
      target: address,
      address,
      family: address.includes(':') ? 6 : 4,
      // How many it sent is not told.
      received: answered ? 1 : 0,
      complete: true,
      // Silence is no message of a router.
      errors: answered || error === 'other' ? [] : [{ what: outcome.slice(0, 200), error, line: this.#firstLine + i }],
    };
  }
}

/** Is that line of the probes' section? */
export const isHealthLine = (line: string): boolean => TARGET.test(line);
