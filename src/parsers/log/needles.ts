/**
 * Many needles in one pass (Aho and Corasick 1975), as a table over bytes: a 20 MB journal is scanned for every signature
 * at once, and only lines that hold a needle are ever decoded. ASCII case is folded: kernels before 3.19 wrote
 * `Neighbour table overflow.`, later ones `neighbor table overflow!`.
 */
export interface NeedleTable {
  /** Byte to column; 0 is every byte that no needle holds. */
  readonly column: Uint8Array;
  /** `next[state + column]` is the next state; states are multiples of the row width. */
  readonly next: Int32Array;
  /** States from here on end at least one needle. */
  readonly firstFinal: number;
  /** Needles that end in a final state, by `(state - firstFinal) / width`. */
  readonly ends: readonly (readonly number[])[];
  readonly width: number;
}

interface Node {
  readonly to: Map<number, number>;
  readonly ends: number[];
  fail: number;
}

const fold = (c: number): number => (c >= 65 && c <= 90 ? c + 32 : c);

function columnsOf(needles: readonly string[]): { column: Uint8Array; width: number } {
  const column = new Uint8Array(256);
  let width = 1;
  for (const needle of needles) {
    for (let i = 0; i < needle.length; i++) {
      const c = fold(needle.charCodeAt(i));
      if (column[c] === 0) column[c] = width++;
    }
  }
  for (let c = 65; c <= 90; c++) column[c] = column[fold(c)] ?? 0;
  return { column, width };
}

const newNode = (): Node => ({ to: new Map(), ends: [], fail: 0 });

function trieOf(needles: readonly string[], column: Uint8Array): Node[] {
  const nodes = [newNode()];
  for (const [id, needle] of needles.entries()) {
    let at = 0;
    for (let i = 0; i < needle.length; i++) {
      const c = column[fold(needle.charCodeAt(i))] ?? 0;
      let to = nodes[at]?.to.get(c);
      if (to === undefined) {
        to = nodes.push(newNode()) - 1;
        nodes[at]?.to.set(c, to);
      }
      at = to;
    }
    nodes[at]?.ends.push(id);
  }
  return nodes;
}

/** Breadth first: a node's failure link is shorter than the node, so its row is complete when it is needed. Also the order of the nodes. */
function rowsOf(
  nodes: readonly Node[],
  width: number,
): { readonly rows: Int32Array; readonly queue: readonly number[] } {
  const rows = new Int32Array(nodes.length * width);
  const queue = [0];
  for (let q = 0; q < queue.length; q++) {
    const at = queue[q] ?? 0;
    const node = nodes[at];
    if (!node) continue;
    for (let c = 0; c < width; c++) {
      const to = node.to.get(c);
      const fallback = at === 0 ? 0 : (rows[node.fail * width + c] ?? 0);
      rows[at * width + c] = to ?? fallback;
      const child = to === undefined ? undefined : nodes[to];
      if (to === undefined || !child) continue;
      child.fail = fallback;
      child.ends.push(...(nodes[fallback]?.ends ?? []));
      queue.push(to);
    }
  }
  return { rows, queue };
}

/** Builds the table: a few thousand states for all signatures together. */
export function needleTable(needles: readonly string[]): NeedleTable {
  const { column, width } = columnsOf(needles);
  const nodes = trieOf(needles, column);
  const { rows, queue } = rowsOf(nodes, width);
  // Text that holds no needle stays near the root: those rows lie together, and in the processor's cache.
  const plain = queue.filter((i) => nodes[i]?.ends.length === 0);
  const final = queue.filter((i) => nodes[i]?.ends.length !== 0);
  const order = [...plain, ...final];
  const place = new Int32Array(nodes.length);
  for (const [to, from] of order.entries()) place[from] = to * width;
  const next = new Int32Array(nodes.length * width);
  for (const [to, from] of order.entries()) {
    for (let c = 0; c < width; c++) next[to * width + c] = place[rows[from * width + c] ?? 0] ?? 0;
  }
  return { column, next, width, firstFinal: plain.length * width, ends: final.map((i) => nodes[i]?.ends ?? []) };
}

/** Adds the numbers of the needles in `bytes[from,to)` to `found` (which the caller empties); none is the usual answer. */
export function findNeedles(table: NeedleTable, bytes: Uint8Array, from: number, to: number, found: Set<number>): void {
  const { column, next, firstFinal, width, ends } = table;
  let state = 0;
  for (let i = from; i < to; i++) {
    state = next[state + (column[bytes[i] as number] as number)] as number;
    if (state >= firstFinal) for (const id of ends[(state - firstFinal) / width] ?? []) found.add(id);
  }
}
