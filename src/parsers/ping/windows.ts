import { canonicalAddress } from '../../kit/index.js';
import { addAnswerer, addError, newRun, type Run } from './run.js';

/*
 * Pinging node-2 [10.0.0.2] with 32 bytes of data:
 * Reply from 10.0.0.2: bytes=32 time<1ms TTL=64
 * Reply from 10.0.0.5: Destination host unreachable.
 *     Packets: Sent = 4, Received = 4, Lost = 0 (0% loss),
 *
 * The ping of Windows, which counts replies that bring an error as received.
 */
const HEADER = /^Pinging (\S+)(?: \[([^\]]+)\])?(?: from (\S+))? with (\d+) bytes of data:/;
const REPLY = /^Reply from ([\da-fA-F.:%]+): (?:bytes=\d+ )?(?:\(DUP!\) )?time[<=]\d+ ?ms(?: TTL=(\d+))?/;
const ERROR = /^Reply from ([\da-fA-F.:%]+): (.+?)\.?$/;
const OWN =
  /^(?:PING: transmit failed\. ?)?(General failure|Transmit failed.*|Destination .*unreachable|Packet needs to be fragmented but DF set|PING: .*)\.?$/i;
const COUNTS = /^Packets: Sent = (\d+), Received = (\d+), Lost = \d+/;
const REST =
  /^(?:Request timed out|Ping statistics for |Approximate round trip times|Minimum = \d+ms|Control-(?:C|Break)$)/;

export function windowsHeaderOf(line: string, i: number): Run | undefined {
  const m = HEADER.exec(line);
  if (!m) return undefined;
  const run = newRun(i, m[1] ?? '');
  const address = canonicalAddress(m[2] ?? m[1] ?? '');
  const source = canonicalAddress(m[3] ?? '');
  if (address !== undefined) {
    run.address = address;
    run.family = address.includes(':') ? 6 : 4;
  }
  if (source !== undefined) run.source = source;
  run.size = Number(m[4]);
  return run;
}

/** `at` is the line's number in the file. */
export function readWindowsLine(line: string, at: number, run: Run): 'part' | 'rest' | undefined {
  const reply = REPLY.exec(line);
  if (reply) {
    run.replies++;
    if (reply[2] !== undefined) run.ttl ??= Number(reply[2]);
    addAnswerer(run, canonicalAddress(reply[1] ?? ''));
    return 'part';
  }
  const error = ERROR.exec(line);
  if (error) {
    run.repliedErrors++;
    addError(run, error[2] ?? '', at, canonicalAddress(error[1] ?? ''));
    return 'part';
  }
  const counts = COUNTS.exec(line);
  if (counts) {
    run.transmitted = Number(counts[1]);
    run.received = Number(counts[2]);
    return 'part';
  }
  const own = OWN.exec(line);
  if (own) {
    addError(run, own[1] ?? '', at);
    return 'part';
  }
  return REST.test(line) ? 'rest' : undefined;
}
